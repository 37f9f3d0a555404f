import { chown, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { generate } from 'selfsigned';
import { describe, expect, it } from 'vitest';
import { DatabaseOpenError } from '../sql/database-open-error.js';
import { openPostgresStorage } from './postgres-storage.js';
import { useDatabase } from './testing/database.js';

const DAY_MILLISECONDS = 86_400_000;
const database = useDatabase();
/** How many pairs of files were written: each has a name of its own, since the server tells them by that. */
let files = 0;

/** A certificate that signed itself, for a host of the loopback interface. */
function certificateFor(host: { readonly ip: string } | { readonly name: string }, notAfterDate?: Date) {
  const name = 'ip' in host ? { type: 7 as const, ip: host.ip } : { type: 2 as const, value: host.name };
  return generate([{ name: 'commonName', value: 'database' }], {
    keyType: 'ec',
    notBeforeDate: new Date(Date.now() - 3 * DAY_MILLISECONDS),
    ...(notAfterDate === undefined ? {} : { notAfterDate }),
    extensions: [{ name: 'subjectAltName', altNames: [name] }],
  });
}

/** Has the server take TLS with this certificate; yields the place of the file with it. */
async function serveWith({ cert, private: key }: Awaited<ReturnType<typeof certificateFor>>): Promise<string> {
  const { cluster } = database();
  const [row] = await cluster.query<{ hba_file: string }>('postgres', 'SHOW hba_file');
  const hba = row?.hba_file ?? '';
  const { uid, gid } = await stat(hba);
  files += 1;
  const [certFile, keyFile] = [join(dirname(hba), `tls-${files}.crt`), join(dirname(hba), `tls-${files}.key`)];
  await writeFile(certFile, cert);
  await writeFile(keyFile, key, { mode: 0o600 });
  await chown(keyFile, uid, gid);
  for (const setting of [`ssl_cert_file = '${certFile}'`, `ssl_key_file = '${keyFile}'`, 'ssl = on']) {
    await cluster.query('postgres', `ALTER SYSTEM SET ${setting}`);
  }
  await cluster.query('postgres', 'SELECT pg_reload_conf()');
  // The server tells its processes of the new settings while it takes them on, and takes no connection meanwhile.
  let served: string | undefined;
  while (served !== certFile) {
    [served] = (
      await cluster.query<{ file: string }>('postgres', "SELECT current_setting('ssl_cert_file') AS file")
    ).map(({ file }) => file);
  }
  return certFile;
}

const urlWith = (parameters: Record<string, string>) =>
  `postgres://postgres@127.0.0.1:${database().cluster.port}/portcullis?${new URLSearchParams(parameters)}`;

/** What an operator is told; undefined where it opens. */
async function problemWith(parameters: Record<string, string>): Promise<string | undefined> {
  try {
    await (await openPostgresStorage({ connectionString: urlWith(parameters), schema: 'existing' })).close();
    return undefined;
  } catch (error) {
    if (!(error instanceof DatabaseOpenError)) throw error;
    return error.message.replace(/^Cannot use the database portcullis at 127\.0\.0\.1:\d+ as postgres: /, '');
  }
}

describe('a database whose certificate', () => {
  it('signed itself is told with the way to trust it, which is the way in', async () => {
    const sslrootcert = await serveWith(await certificateFor({ ip: '127.0.0.1' }));
    expect(await problemWith({ sslmode: 'verify-full' })).toBe(
      'its certificate is signed by itself alone, and not trusted here: name the file with the certificate of whoever signed it as ' +
        'sslrootcert=/path/to/ca.pem in the URL, beside sslmode=verify-full',
    );
    expect(await problemWith({ sslmode: 'verify-full', sslrootcert })).toBeUndefined();
    expect(await problemWith({ sslmode: 'no-verify' })).toBeUndefined();
  });

  it('is signed by another than the one that is named is told so', async () => {
    await serveWith(await certificateFor({ ip: '127.0.0.1' }));
    const { cert } = await certificateFor({ ip: '127.0.0.1' });
    const sslrootcert = join(tmpdir(), `portcullis-other-ca-${process.pid}.pem`);
    await writeFile(sslrootcert, cert);
    expect(await problemWith({ sslmode: 'verify-full', sslrootcert })).toContain('and not trusted here: ');
    await rm(sslrootcert);
  });

  it('is for another host is told so', async () => {
    const sslrootcert = await serveWith(await certificateFor({ name: 'db.example' }));
    expect(await problemWith({ sslmode: 'verify-full', sslrootcert })).toBe(
      'its certificate is for another host: say the host in the URL as the certificate has it, or give the server one for this host',
    );
  });

  it('has expired is told so', async () => {
    const yesterday = new Date(Date.now() - DAY_MILLISECONDS);
    const sslrootcert = await serveWith(await certificateFor({ ip: '127.0.0.1' }, yesterday));
    expect(await problemWith({ sslmode: 'verify-full', sslrootcert })).toBe(
      'its certificate has expired: give the server a new one',
    );
  });

  it('is to be held against a file that is not there is told with the file', async () => {
    expect(await problemWith({ sslmode: 'verify-full', sslrootcert: '/nowhere/ca.pem' })).toBe(
      'DATABASE_URL names a certificate or key that cannot be read (sslrootcert, sslcert or sslkey): /nowhere/ca.pem',
    );
  });
});
