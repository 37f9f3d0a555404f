import { createHash, randomBytes } from 'node:crypto';
import { access, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { type GlewlwydClient, type GlewlwydPerson, openSession, setUpGlewlwyd } from './glewlwyd-setup.js';
import { freePort, start, until } from './processes.js';

/** What {@link startGlewlwyd} is set up with. */
export interface GlewlwydOptions {
  /** Resource identifiers (RFC 8707) and the scopes that belong to each. A scope belongs to one resource. */
  readonly resources: Readonly<Record<string, readonly string[]>>;
  /** @defaultValue a new loopback address that nobody listens at */
  readonly redirectUri?: string;
}

/** What a client asks for. */
export interface GlewlwydRequest {
  readonly resource: string;
  /** `openid` brings an ID token as well. */
  readonly scopes: readonly string[];
  /** @defaultValue the public one */
  readonly client?: GlewlwydClient;
}

/** What a client gets. */
export interface GlewlwydTokens {
  readonly accessToken: string;
  readonly idToken: string | undefined;
  readonly refreshToken: string | undefined;
}

/** A Glewlwyd of a test's own: an identity provider that is neither ours nor written in JavaScript. */
export interface Glewlwyd {
  readonly origin: string;
  /** Its issuer identifier, under which its metadata lies. */
  readonly issuer: string;
  /** Its one user. */
  readonly person: GlewlwydPerson;
  readonly publicClient: GlewlwydClient;
  readonly confidentialClient: GlewlwydClient;
  readonly redirectUri: string;
  /**
   * Signs the person in and lets the client have what it asks for: code, PKCE with S256, `resource` in both requests,
   * `state` and `iss` (RFC 9207) checked. Its pages are scripts over a REST API; what they send is sent here by hand.
   *
   * @throws with its words when it refuses
   */
  signIn(request: GlewlwydRequest): Promise<GlewlwydTokens>;
  /** Ends an access token, as the client that has it (RFC 7009). @throws with its words when it refuses */
  revoke(accessToken: string, client: GlewlwydClient): Promise<void>;
  /** Stops it and removes all of it. */
  dispose(): Promise<void>;
}

/** The tables of an empty server, as the package brings them. */
const TABLES = '/usr/share/dbconfig-common/data/glewlwyd/install/sqlite3';
/** Its modules, where Debian puts them. */
const MODULES = '/usr/lib/glewlwyd';

/**
 * Starts a private server on a loopback port that was free, on SQLite in a folder of its own, and sets it up by its
 * administration API: a person with groups, RS256 access tokens by RFC 9068, PKCE demanded of every client, `resource`
 * and `iss`, a public and a confidential client. Dispose of it in any case.
 *
 * @throws when Glewlwyd is not installed: its tests never skip
 */
export async function startGlewlwyd(options: GlewlwydOptions): Promise<Glewlwyd> {
  await demandPrograms();
  const directory = await mkdtemp(join(tmpdir(), 'portcullis-glewlwyd-'));
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  await createDatabase(directory);
  const file = join(directory, 'glewlwyd.conf');
  await writeFile(file, configuration(directory, port, origin), { mode: 0o600 });
  const running = start('glewlwyd', [`--config-file=${file}`], { cwd: directory });
  const dispose = async (): Promise<void> => {
    await running.stop();
    await rm(directory, { recursive: true, force: true });
  };
  try {
    await until('Glewlwyd to answer', async () => {
      if (running.child.exitCode !== null) throw new Error(`It ended with ${running.child.exitCode}`);
      return (await fetch(`${origin}/config`)).ok || undefined;
    });
    const redirectUri = options.redirectUri ?? `http://127.0.0.1:${await freePort()}/callback`;
    const setup = await setUpGlewlwyd(origin, redirectUri, options.resources);
    const signIn = (request: GlewlwydRequest) => authorize(origin, { ...setup, redirectUri }, request);
    const revoke = (accessToken: string, client: GlewlwydClient) => end(origin, accessToken, client);
    return { origin, redirectUri, ...setup, signIn, revoke, dispose };
  } catch (cause) {
    const log = await readFile(join(directory, 'log'), 'utf8').catch(() => '');
    await dispose();
    throw new Error(`Glewlwyd did not start:\n${running.stdout()}${running.stderr()}${log}`, { cause });
  }
}

async function demandPrograms(): Promise<void> {
  const isThere = (file: string): Promise<boolean> =>
    access(file).then(
      () => true,
      () => false,
    );
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const inPath = async (program: string): Promise<boolean> =>
    (await Promise.all(folders.map((folder) => isThere(join(folder, program))))).includes(true);
  const all = await Promise.all([inPath('glewlwyd'), inPath('sqlite3'), isThere(TABLES), isThere(MODULES)]);
  if (all.includes(false)) {
    throw new Error(
      'These tests need Glewlwyd as Debian packages it: apt-get install glewlwyd dbconfig-sqlite3, or as .ci/run does it, without a service',
    );
  }
}

/** What is written is lost with the machine: nothing waits for a disk. */
async function createDatabase(directory: string): Promise<void> {
  const tables = await readFile(TABLES, 'utf8');
  const statements = `PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF; BEGIN;\n${tables}\nCOMMIT;\n`;
  const running = start('sqlite3', ['-bail', join(directory, 'database')]);
  running.child.stdin?.end(statements);
  if ((await running.exited) !== 0) throw new Error(`The tables could not be made: ${running.stderr()}`);
}

function configuration(directory: string, port: number, origin: string): string {
  const settings = {
    port,
    bind_address: '127.0.0.1',
    // With a slash behind it, every address that it makes has two.
    external_url: origin,
    login_url: 'login.html',
    api_prefix: 'api',
    log_mode: 'file',
    log_level: 'WARNING',
    log_file: join(directory, 'log'),
    user_module_path: join(MODULES, 'user'),
    client_module_path: join(MODULES, 'client'),
    user_auth_scheme_module_path: join(MODULES, 'scheme'),
    plugin_module_path: join(MODULES, 'plugin'),
    session_key: 'GLEWLWYD2_SESSION_ID',
    session_expiration: 3600,
    admin_scope: 'g_admin',
    profile_scope: 'g_profile',
    hash_algorithm: 'SHA512',
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name} = ${JSON.stringify(value)}`);
  return `${lines.join('\n')}\ndatabase = { type = "sqlite3"; path = ${JSON.stringify(join(directory, 'database'))}; };\n`;
}

async function authorize(
  origin: string,
  setup: Pick<Glewlwyd, 'issuer' | 'person' | 'publicClient' | 'redirectUri'>,
  { resource, scopes, client = setup.publicClient }: GlewlwydRequest,
): Promise<GlewlwydTokens> {
  const { issuer, person, redirectUri } = setup;
  const codeVerifier = randomBytes(48).toString('base64url');
  const state = randomBytes(16).toString('base64url');
  const scope = scopes.join(' ');
  const session = openSession(origin);
  const { username, password } = person;
  await session.call('POST', '/api/auth/', { username, password });
  await session.call('PUT', `/api/auth/grant/${client.clientId}`, { scope });
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: client.clientId,
    redirect_uri: redirectUri,
    scope,
    state,
    nonce: randomBytes(16).toString('base64url'),
    code_challenge: createHash('sha256').update(codeVerifier).digest('base64url'),
    code_challenge_method: 'S256',
    resource,
  });
  // Its login page comes back with this member when the person has said yes.
  const answer = await session.request('GET', `/api/oidc/auth?${query}&g_continue`);
  const location = new URL(answer.headers.get('location') ?? origin);
  const [code, itsState, itsIssuer] = ['code', 'state', 'iss'].map((name) => location.searchParams.get(name));
  if (!code || itsState !== state || itsIssuer !== issuer) throw new Error(`Glewlwyd answered ${location}`);
  const response = await postForm(`${origin}/api/oidc/token`, client, {
    grant_type: 'authorization_code',
    code,
    redirect_uri: redirectUri,
    code_verifier: codeVerifier,
    resource,
  });
  const tokens = (await response.json()) as Record<string, string | undefined>;
  const accessToken = tokens['access_token'];
  if (accessToken === undefined) throw new Error(`Glewlwyd answered ${response.status}: ${JSON.stringify(tokens)}`);
  return { accessToken, idToken: tokens['id_token'], refreshToken: tokens['refresh_token'] };
}

async function end(origin: string, accessToken: string, client: GlewlwydClient): Promise<void> {
  const form = { token: accessToken, token_type_hint: 'access_token' };
  const response = await postForm(`${origin}/api/oidc/revoke`, client, form);
  if (!response.ok) throw new Error(`Glewlwyd answered ${response.status}: ${await response.text()}`);
}

/** A form from a client that says who it is: by HTTP Basic, or by its id where it has no secret. */
function postForm(url: string, client: GlewlwydClient, form: Readonly<Record<string, string>>): Promise<Response> {
  const { clientId, clientSecret } = client;
  const isPublic = clientSecret === undefined;
  const credentials = Buffer.from(`${clientId}:${clientSecret}`).toString('base64');
  return fetch(url, {
    method: 'POST',
    headers: isPublic ? {} : { authorization: `Basic ${credentials}` },
    body: new URLSearchParams({ ...form, ...(isPublic ? { client_id: clientId } : {}) }),
  });
}
