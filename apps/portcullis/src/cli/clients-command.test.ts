import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type AuditEventType,
  type Client,
  LONGEST_ACCESS_TOKEN_SECONDS,
  LONGEST_CLOCK_TOLERANCE_SECONDS,
  markLifetimeSeconds,
} from '@portcullis/ports';
import { nodePlatform } from '@portcullis/ports/node';
import { openSqliteStorage, type SqliteStorage } from '@portcullis/storage/sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { run } from './testing/run-program.js';

let dataDir: string;
let storage: SqliteStorage;
const clients = (...args: string[]): string[] => ['clients', ...args, '--data-dir', dataDir];
const REDIRECT = ['--redirect-uri', 'https://app.example.com/callback'];
const DOCUMENT = 'https://app.example.com/client.json';
const hash = nodePlatform.hash;
const now = (): number => nodePlatform.clock.nowEpochSeconds();

beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'portcullis-'));
  storage = await openSqliteStorage({ file: join(dataDir, 'portcullis.db') });
});

afterEach(async () => {
  await storage.close();
});

/** A client as `--json` tells of it. */
async function add(...args: string[]): Promise<Record<string, string>> {
  const { out, err } = await run(clients('add', ...args, '--json'));
  expect(err).toBe('');
  return JSON.parse(out) as Record<string, string>;
}

const stored = (clientId: string): Promise<Client | undefined> => storage.clients.find('default', clientId);
const event = (type: AuditEventType) =>
  ({ type, outcome: 'allowed', tenantId: 'default', occurredAtEpochSeconds: 0 }) as const;

/** A client of another source than the operator, in the store of a gate that runs. */
async function other(changes: Partial<Client>): Promise<void> {
  const client: Client = {
    tenantId: 'default',
    clientId: 'dyn',
    source: 'dynamic',
    clientName: 'Dyn',
    redirectUris: ['https://app.example.com/callback'],
    tokenEndpointAuthMethod: 'none',
    clientSecretHash: undefined,
    jwks: undefined,
    jwksUri: undefined,
    grantTypes: ['authorization_code', 'refresh_token'],
    scopes: undefined,
    applicationType: 'web',
    clientUri: undefined,
    createdAtEpochSeconds: now(),
    document: undefined,
    ...changes,
  };
  if (client.document === undefined) return storage.clients.register(client, event('client.registered'));
  await storage.clients.keepDocument(client, event('client.document_changed'));
}

describe('portcullis clients add', () => {
  it('adds a public client where it has redirect URIs', async () => {
    const { out } = await run(clients('add', 'Reports', ...REDIRECT));
    expect(out).toMatch(/^Added the client Reports\.\n\n {2}client_id {2}client_[\w-]{22}\n {2}method {5}none\n\n/);
    expect(out).toContain('It has no secret: PKCE (S256)');
    const clientId = /client_[\w-]{22}/.exec(out)?.[0] ?? '';
    expect(await stored(clientId)).toMatchObject({
      source: 'registered',
      clientName: 'Reports',
      redirectUris: ['https://app.example.com/callback'],
      grantTypes: ['authorization_code', 'refresh_token'],
      tokenEndpointAuthMethod: 'none',
      applicationType: 'web',
    });
    expect(await storage.countEvents('client.added')).toBe(1);
  });

  it('adds a machine client with a secret, shows it once, and keeps its hash', async () => {
    const { out } = await run(clients('add', 'Job', '--grant', 'client_credentials', '--scope', 'a', '--scope', 'b'));
    const secret = /pcs_[\w-]{43}/.exec(out)?.[0] ?? '';
    const clientId = /client_[\w-]{22}/.exec(out)?.[0] ?? '';
    expect(out.split(secret)).toHaveLength(2);
    expect(out).toContain(`curl --user ${clientId} --data grant_type=client_credentials`);
    expect(out).toContain('https://gate.example.com/token');
    expect(await stored(clientId)).toMatchObject({
      redirectUris: [],
      grantTypes: ['client_credentials'],
      scopes: ['a', 'b'],
      tokenEndpointAuthMethod: 'client_secret_basic',
      clientSecretHash: hash(secret),
    });
    expect((await run(clients('show', clientId))).out).not.toContain(secret);
  });

  it('takes every way to prove itself', async () => {
    const jwks = { keys: [{ kty: 'EC', crv: 'P-256', x: 'w'.repeat(43), y: 'g'.repeat(43) }] };
    const file = join(dataDir, 'public.json');
    writeFileSync(file, JSON.stringify(jwks));
    const machine = ['Job', '--grant', 'client_credentials'];
    expect(await add('A', ...REDIRECT, '--secret-basic')).toMatchObject({
      clientSecret: expect.stringMatching(/^pcs_/),
    });
    expect(await add(...machine, '--secret-post')).toMatchObject({ tokenEndpointAuthMethod: 'client_secret_post' });
    const withKeys = await add(...machine, '--jwks-file', file);
    const shown = (await run(clients('show', withKeys['clientId'] ?? ''))).out;
    expect(shown).toMatch(/^ {2}key {12}EC P-256$/m);
    expect(shown).not.toContain('"x"');
    expect(withKeys).toMatchObject({ tokenEndpointAuthMethod: 'private_key_jwt', jwks });
    expect(withKeys).not.toHaveProperty('clientSecret');
    expect(await add(...machine, '--jwks-uri', 'https://m.example.com/jwks')).toMatchObject({
      jwksUri: 'https://m.example.com/jwks',
    });
    expect((await run(clients('add', ...machine, '--jwks-file', file))).out).toContain('client_assertion@-');
  });

  it('takes an id, once', async () => {
    expect(await add('A', ...REDIRECT, '--id', 'reports')).toMatchObject({ clientId: 'reports' });
    expect(await run(clients('add', 'B', ...REDIRECT, '--id', 'reports'))).toMatchObject({
      exitCode: 1,
      err: 'portcullis: there is a client reports already; choose another --id\n',
    });
    expect((await stored('reports'))?.clientName).toBe('A');
  });

  it('knows the address, the ids and the schemes of a configuration', async () => {
    const config = join(dataDir, 'portcullis.yaml');
    writeFileSync(
      config,
      `publicUrl: https://gate.example.com
dataDir: .
upstreams: [{name: files, url: http://127.0.0.1:1/mcp, headers: {A: {env: NOT_SET_HERE}}}]
allowedRedirectSchemes: [com.example.app]
clients: [{clientId: reports, clientName: R, redirectUris: [https://r.example.com/cb], clientSecret: {env: NEITHER}}]
`,
    );
    const withConfig = (...args: string[]) => run(['clients', ...args, '--config', config]);
    const { out } = await withConfig('add', 'Job', '--grant', 'client_credentials');
    expect(out).toContain('resource=https://gate.example.com/files/mcp https://gate.example.com/token');
    expect((await withConfig('add', 'App', '--redirect-uri', 'com.example.app:/cb')).exitCode).toBe(0);
    const unlisted = await withConfig('add', 'App', '--redirect-uri', 'com.other.app:/cb');
    expect(unlisted.err).toContain(`does not list: add com.other.app to allowedRedirectSchemes in ${config}`);
    expect(unlisted.err).not.toContain('--config');
    expect((await withConfig('show', 'nix')).err).toContain('nix, neither in the store nor in the configuration');
    expect((await withConfig('list')).out).toContain('In the configuration: reports');
    expect((await withConfig('add', 'R', ...REDIRECT, '--id', 'reports')).err).toContain('there is a client reports');
    for (const act of ['remove', 'rotate-secret']) {
      expect((await withConfig(act, 'reports')).err).toContain('stands in the configuration');
    }
  });

  it('shows a client of the configuration, whose secret and keys need not be at hand', async () => {
    const config = join(dataDir, 'portcullis.yaml');
    writeFileSync(
      config,
      `dataDir: .
clients:
  - {clientId: reports, clientName: R, redirectUris: [https://r.example.com/cb], clientSecret: {env: NEITHER}}
  - {clientId: job, clientName: J, grantTypes: [client_credentials], jwks: {file: canary.json}}
  - {clientId: leak, clientName: L, grantTypes: [client_credentials], jwks: {keys: [{kty: EC, crv: P-256, d: canary}]}}
`,
    );
    const show = async (...args: string[]) => (await run(['clients', 'show', ...args, '--config', config])).out;
    const out = await show('reports');
    expect(out).toMatch(/^ {2}registered by {2}the configuration$/m);
    expect(out).toMatch(/^ {2}method {9}client_secret_basic$/m);
    expect(out).toMatch(/^ {2}redirect URI {3}https:\/\/r\.example\.com\/cb$/m);
    expect(out).not.toMatch(/since|NEITHER/);
    expect(JSON.parse(await show('reports', '--json'))).toEqual({
      clientId: 'reports',
      clientName: 'R',
      source: 'configured',
      tokenEndpointAuthMethod: 'client_secret_basic',
      grantTypes: ['authorization_code', 'refresh_token'],
      redirectUris: ['https://r.example.com/cb'],
    });
    expect(await show('job')).toMatch(/^ {2}method {9}private_key_jwt\n(?:.*\n)* {2}keys in {8}canary\.json$/m);
    expect(await show('leak', '--json')).not.toContain('canary');
  });

  it.each<[string[], string]>([
    [['A'], 'where may people be sent back to?'],
    [
      ['A', '--grant', 'password', ...REDIRECT],
      '--grant: must be one of authorization_code, refresh_token, client_credentials',
    ],
    [
      ['A', '--grant', 'client_credentials', '--public'],
      '--public: client_credentials is for clients that prove who they are',
    ],
    [['A', '--grant', 'client_credentials', ...REDIRECT], 'alone: add --grant authorization_code'],
    [['A', '--grant', 'authorization_code'], 'add --redirect-uri URI'],
    [['A', ...REDIRECT, '--secret-basic', '--public'], 'a client has one way to prove itself'],
    [['A', ...REDIRECT, '--jwks-file', 'a', '--jwks-uri', 'https://a.test/j'], 'either --jwks-file or --jwks-uri'],
    [['A', ...REDIRECT, '--jwks-file', '/nowhere'], '--jwks-file: /nowhere cannot be read: it does not exist'],
    [['A', ...REDIRECT, '--jwks-uri', 'http://a.test/jwks'], '--jwks-uri: must be an https URL'],
    [['A', '--redirect-uri', 'http://app.example.com/cb'], '--redirect-uri: must be https, unless its host'],
    [['A', '--redirect-uri', 'javascript:alert(1)'], '--redirect-uri: has a scheme that no application can own'],
    [['A', '--redirect-uri', 'com.a:/cb'], 'give the configuration that does with --config'],
    [['A', ...REDIRECT, '--id', 'https://a.test/c'], '--id: must not be a URL'],
    [['A', ...REDIRECT, '--scope', 'a b'], '--scope: a scope has'],
    [[' \u200b ', ...REDIRECT], 'NAME: must hold something that can be seen'],
    [['A'.repeat(81), ...REDIRECT], 'NAME: must have at most 80 characters'],
    [[...REDIRECT], "missing required argument 'name'"],
    [['A', 'B', ...REDIRECT], 'too many arguments'],
    [['A', ...REDIRECT, '--secret=canary'], "unknown option '--secret'"],
  ])('F-12, AZ-09 refuses %j and adds nothing', async (args, words) => {
    const { out, err, exitCode } = await run(clients('add', ...args));
    expect(err).toContain(words);
    expect(err).not.toContain('canary');
    expect(out).toBe('');
    expect(exitCode).toBe(2);
    expect(await storage.clients.list('default', 10)).toEqual([]);
  });
});

describe('portcullis clients add --scope', () => {
  it('F-12 refuses a scope that neither the configuration nor a resource server has', async () => {
    const config = join(dataDir, 'portcullis.yaml');
    const scopes = '[{name: files:read, description: Read}]';
    writeFileSync(config, `dataDir: .\nupstreams: [{command: a, name: a, scopes: ${scopes}}, {command: b, name: b}]\n`);
    const resource = 'https://mail.example.com/mcp';
    await run(['resources', 'add', resource, '--scope', 'mail:read', '--data-dir', dataDir]);
    const addWith = (...names: string[]) =>
      run(['clients', 'add', 'A', ...REDIRECT, ...names.flatMap((name) => ['--scope', name]), '--config', config]);
    const { err, exitCode } = await addWith('nope:nope', 'files:read');
    expect(exitCode).toBe(2);
    expect(err).toMatch(/--scope: "nope:nope" is not known here; there are files:read mail:read mcp:/);
    expect(await storage.clients.list('default', 10)).toEqual([]);
    expect(await addWith('files:read', 'mail:read', 'mcp:tools:read')).toMatchObject({ exitCode: 0, notes: '' });
  });

  it('says that it was not checked where the configuration is not at hand', async () => {
    const { notes, exitCode } = await run(clients('add', 'A', ...REDIRECT, '--scope', 'nope:nope'));
    expect(exitCode).toBe(0);
    expect(notes).toContain('not checked');
    expect((await run(clients('add', 'A', ...REDIRECT, '--scope', 'nope:nope', '--json'))).notes).toBe('');
    const refused = await run(clients('add', 'A', ...REDIRECT, '--scope', 'a"b'));
    expect(refused).toMatchObject({ notes: '', exitCode: 2 });
    expect((await run(clients('add', 'A', ...REDIRECT))).notes).toBe('');
  });
});

describe('portcullis clients', () => {
  it('lists and shows whatever source a client has', async () => {
    expect((await run(clients('list'))).out).toContain('There are no clients in the store');
    await add('Mine', ...REDIRECT, '--id', 'mine');
    await other({});
    const { out } = await run(clients('list'));
    expect(out.split('\n')).toEqual([
      expect.stringMatching(/^CLIENT_ID {2}NAME {2}REGISTERED BY {2}METHOD {2}SINCE {7}LAST USED$/),
      expect.stringMatching(/^dyn {8}Dyn {3}itself {9}none {4}\d{4}-\d\d-\d\d$/),
      expect.stringMatching(/^mine {7}Mine {2}you {12}none {4}\d{4}-\d\d-\d\d$/),
      '',
    ]);
    const json = JSON.parse((await run(clients('list', '--json'))).out) as object[];
    expect(json).toMatchObject([
      { clientId: 'dyn', source: 'dynamic' },
      { clientId: 'mine', source: 'registered' },
    ]);
    expect(JSON.parse((await run(clients('show', 'dyn', '--json'))).out)).toEqual(json[0]);
    expect((await run(clients('show', 'mine'))).out).toContain('redirect URI   https://app.example.com/callback');
  });

  it('cuts a long name in tables, and shows it whole', async () => {
    const clientName = `${'N'.repeat(38)}\u{1f600}${'N'.repeat(260)}`;
    await other({ clientName });
    const approval = { tenantId: 'default', clientId: DOCUMENT, clientName };
    await storage.clientApprovals.request(
      approval,
      { total: 10, perHost: 10 },
      now(),
      event('client.approval_requested'),
    );
    for (const list of ['list', 'pending']) {
      const { out } = await run(clients(list));
      expect(out).toContain(`  ${'N'.repeat(38)}…  `);
      expect(out).not.toContain('NN\u{1f600}');
    }
    expect((await run(clients('show', 'dyn'))).out).toContain(clientName);
  });

  it('lists more clients than one page of the store holds', async () => {
    await Promise.all(Array.from({ length: 501 }, (_, index) => other({ clientId: `dyn-${index}` })));
    expect(JSON.parse((await run(clients('list', '--json'))).out)).toHaveLength(501);
  });

  it('gives a fresh secret in place of the old one', async () => {
    const { clientSecret = '' } = await add('Job', '--grant', 'client_credentials', '--id', 'job');
    const { out: help } = await run(['clients', 'rotate-secret', '--help']);
    expect(help).toContain('The old secret and the new one are never good at once');
    expect(help).toContain('add a second client');
    const { out } = await run(clients('rotate-secret', 'job'));
    const renewed = /pcs_[\w-]{43}/.exec(out)?.[0] ?? '';
    expect(renewed).not.toBe(clientSecret);
    expect((await stored('job'))?.clientSecretHash).toBe(hash(renewed));
    expect(await storage.countEvents('client.secret_replaced')).toBe(1);
    await add('Pub', ...REDIRECT, '--id', 'pub');
    expect(await run(clients('rotate-secret', 'pub'))).toMatchObject({
      exitCode: 2,
      err: 'portcullis: pub has no secret: it uses the method none\n',
    });
  });

  it('TK-04 removes a client with the marks that stop its access tokens', async () => {
    await add('Job', '--grant', 'client_credentials', '--id', 'job');
    expect((await run(clients('remove', 'job'))).out).toContain('access tokens stop within a second or two');
    expect(await stored('job')).toBeUndefined();
    const marks = await storage.revocationMarks.after('default', 0, now());
    expect(marks).toMatchObject([{ kind: 'client', value: 'job' }]);
    expect(await storage.countEvents('client.removed')).toBe(1);
  });

  it('TK-04 lets a removed client come back under its id: what it gets a minute and a half later is good', async () => {
    await add('Job', '--grant', 'client_credentials', '--id', 'job');
    const before = now();
    await run(clients('remove', 'job'));
    await add('Job', '--grant', 'client_credentials', '--id', 'job');
    const [mark] = await storage.revocationMarks.after('default', 0, now());
    const { notBeforeEpochSeconds = 0, expiresAtEpochSeconds = 0 } = mark ?? {};
    const isDead = (issuedAt: number) =>
      storage.revocationMarks.covers('default', [{ kind: 'client', value: 'job' }], issuedAt, now());
    expect(await isDead(before)).toBe(true);
    expect(await isDead(before + LONGEST_CLOCK_TOLERANCE_SECONDS + 30)).toBe(true);
    expect(notBeforeEpochSeconds).toBeLessThanOrEqual(now() + 90);
    expect(await isDead(notBeforeEpochSeconds + 1)).toBe(false);
    const longest = markLifetimeSeconds(LONGEST_ACCESS_TOKEN_SECONDS, LONGEST_CLOCK_TOLERANCE_SECONDS);
    expect(expiresAtEpochSeconds).toBe(notBeforeEpochSeconds + longest);
  });

  it.each(['remove', 'show', 'rotate-secret'])('says that there is none to %s', async (act) => {
    expect(await run(clients(act, 'nobody'))).toMatchObject({
      exitCode: 1,
      err: expect.stringContaining(
        `there is no client nobody in the store; see npx portcullis clients list --data-dir ${dataDir} (`,
      ),
    });
  });

  it.each(["x' OR '1'='1", '%', 'x"; DROP TABLE clients; --', '$.a', '\u0000'])(
    'ST-04 takes the id %j as an id and nothing else',
    async (id) => {
      await add('A', ...REDIRECT, '--id', 'kept');
      for (const act of ['remove', 'show', 'rotate-secret']) {
        const { err, exitCode } = await run(clients(act, id));
        expect(exitCode).toBe(1);
        expect(err).toMatch(/^portcullis: there is no client [^\n]* in the store; see [^\n]+\n$/);
        expect(err).not.toMatch(/sqlite|syntax/i);
      }
      expect(await stored('kept')).toBeDefined();
    },
  );

  it('CX-03 prints no control sequence that a stranger chose', async () => {
    const nasty = 'A\u001b]52;c;x\u0007\u001b[2J\u202egpj\u001b]8;;https://evil.test\u001b\\';
    await other({ clientName: nasty, clientUri: 'https://a.test/\u001b[31m' });
    await storage.clientApprovals.request(
      { tenantId: 'default', clientId: DOCUMENT, clientName: nasty },
      { total: 10, perHost: 10 },
      now(),
      event('client.approval_requested'),
    );
    for (const args of [['list'], ['show', 'dyn'], ['pending'], ['remove', 'dyn']]) {
      const { out } = await run(clients(...args));
      expect(out).not.toBe('');
      // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are exactly what is looked for
      expect(out).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
    }
    const { err } = await run(clients('show', `none${nasty}`));
    expect(err).not.toContain('\u001b');
  });

  it('does not make a data directory for a question', async () => {
    const nowhere = join(dataDir, 'none');
    for (const args of [['list'], ['show', 'a'], ['remove', 'a'], ['rotate-secret', 'a'], ['pending']]) {
      expect((await run(['clients', ...args, '--data-dir', nowhere])).err).toContain('there is no data directory at');
    }
  });
});

describe('clients that wait for the operator', () => {
  const ask = (clientId: string) =>
    storage.clientApprovals.request(
      { tenantId: 'default', clientId, clientName: 'App' },
      { total: 10, perHost: 10 },
      now(),
      event('client.approval_requested'),
    );
  const statusOf = async (clientId: string) => (await storage.clientApprovals.find('default', clientId))?.status;

  it('are listed, let in and shut out', async () => {
    expect((await run(clients('pending'))).out).toBe('Nothing waits for you.\n');
    await ask(DOCUMENT);
    expect((await run(clients('pending'))).out).toContain(`${DOCUMENT}  App`);
    expect((await run(clients('approve', DOCUMENT))).out).toContain(`Approved ${DOCUMENT}.`);
    expect(await statusOf(DOCUMENT)).toBe('approved');
    expect(JSON.parse((await run(clients('pending', '--json'))).out)).toEqual([]);
    expect(JSON.parse((await run(clients('pending', '--all', '--json'))).out)).toMatchObject([
      { clientId: DOCUMENT, status: 'approved', decidedAt: expect.stringMatching(/Z$/) },
    ]);
    expect((await run(clients('deny', DOCUMENT))).out).toBe(`Denied ${DOCUMENT}.\n`);
    expect(await statusOf(DOCUMENT)).toBe('denied');
    expect([await storage.countEvents('client.approved'), await storage.countEvents('client.denied')]).toEqual([1, 1]);
  });

  it('ask anew when the decision on them is forgotten', async () => {
    for (const act of ['approve', 'deny']) {
      await run(clients(act, DOCUMENT));
      expect((await run(clients('forget', DOCUMENT))).out).toContain(`Forgot the decision on ${DOCUMENT}`);
      expect(await statusOf(DOCUMENT)).toBeUndefined();
      expect((await run(clients('forget', DOCUMENT))).err).toContain(`nothing was decided on ${DOCUMENT}`);
    }
    expect(await ask(DOCUMENT)).toBe('pending');
  });

  it('are taken out of the queue by the same command, which says what it did and claims no more', async () => {
    await ask(DOCUMENT);
    expect((await run(clients('forget', DOCUMENT))).out).toBe(
      `Took ${DOCUMENT} out of the queue: it asks anew, where the configuration has you asked.\n`,
    );
    const { out } = await run(clients('approve', DOCUMENT));
    expect(out).toContain('Nothing is kept of its asking here: is the URL right?');
    expect((await run(clients('forget', DOCUMENT))).out).not.toContain('What it was given');
  });

  it('may be decided on before they ask', async () => {
    expect((await run(clients('approve', DOCUMENT))).out).toContain('Nothing is kept of its asking here');
    expect((await run(clients('deny', DOCUMENT))).exitCode).toBe(0);
    expect(await ask(DOCUMENT)).toBe('denied');
  });

  it('TK-04 lose what they were given when they are shut out', async () => {
    const document = {
      fingerprint: hash('a'),
      fetchedAtEpochSeconds: now(),
      freshUntilEpochSeconds: now(),
      entityTag: undefined,
    };
    await other({ clientId: DOCUMENT, source: 'metadata_document', document });
    await run(clients('approve', DOCUMENT));
    expect((await run(clients('forget', DOCUMENT))).out).toContain(
      `given stays; to end that: npx portcullis clients remove`,
    );
    expect((await run(clients('deny', DOCUMENT))).out).toContain('What it was given has ended');
    expect(await stored(DOCUMENT)).toBeUndefined();
    const marks = await storage.revocationMarks.after('default', 0, now());
    expect(marks).toMatchObject([{ kind: 'client', value: DOCUMENT }]);
  });

  it.each(['reports', 'http://a.test/c', 'https://a.test', "https://a.test/' OR 1=1"])('are no %j', async (url) => {
    for (const act of ['approve', 'deny', 'forget']) {
      expect(await run(clients(act, url))).toMatchObject({
        exitCode: 2,
        err: expect.stringContaining('give the URL of the client metadata document'),
      });
    }
    expect(await storage.clientApprovals.list('default')).toEqual([]);
  });
});
