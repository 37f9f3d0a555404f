import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { requestsTo } from './rules.js';
import type { Scene } from './scene.js';
import type { SeenRequest, World } from './world.js';

/** Tokens of this world last for 600 seconds. */
const LONG_ENOUGH_SECONDS = 700;

const refreshes = (world: World): readonly SeenRequest[] =>
  requestsTo(world, '/token').filter(({ form }) => form.get('grant_type') === 'refresh_token');

/** Calls at once find the token ended, or are refused with it. */
function callsAtOnce(count: number, prepare: (world: World) => void) {
  return async ({ world, start, serves, find }: Scene): Promise<void> => {
    const client = start();
    if (!(await serves(client))) return;
    prepare(world);
    await Promise.all(Array.from({ length: count }, () => serves(client)));
    if (refreshes(world).length > 1) find('refresh_not_shared');
  };
}

async function refreshesAgain({ world, start, serves, find }: Scene): Promise<void> {
  const client = start();
  if (!(await serves(client))) return;
  for (const one of [client, start()]) {
    world.state.nowEpochSeconds += LONG_ENOUGH_SECONDS;
    const replaced = world.state.secrets.filter(({ isReplaced }) => isReplaced).map(({ text }) => text);
    await serves(one);
    if (replaced.includes(refreshes(world).at(-1)?.form.get('refresh_token') ?? '')) find('old_refresh_token_used');
  }
}

async function meetsTrouble(scene: Scene): Promise<void> {
  const { world, start, serves, find } = scene;
  const client = start();
  if (!(await serves(client))) return;
  world.state.nowEpochSeconds += LONG_ENOUGH_SECONDS;
  world.state.tokenReply = { status: 503, headers: { 'retry-after': '30' } };
  for (let calls = 0; calls < 2; calls += 1) await scene.call(client);
  if (refreshes(world).length > 1) find('retry_after_ignored');
  world.state.tokenReply = undefined;
  world.state.nowEpochSeconds += 31;
  await serves(client);
  if (requestsTo(world, '/authorize').length > 1) find('tokens_dropped_on_5xx');
}

/** The grant has ended at the server, and the person does not want to sign in at first. */
async function losesItsGrant(scene: Scene): Promise<void> {
  const { world, start, serves, find } = scene;
  const client = start();
  if (!(await serves(client))) return;
  world.state.nowEpochSeconds += LONG_ENOUGH_SECONDS;
  world.state.areGrantsOver = true;
  world.state.isDeclined = true;
  const later = start();
  for (const one of [client, client, later]) await scene.call(one);
  if (refreshes(world).length > 1) find('dead_refresh_token_used_again');
  world.state.isDeclined = false;
  if (!(await serves(later))) return;
  // Another port for the browser to come back to takes another registration.
  const callbacks = requestsTo(world, '/register').map(({ body }) => JSON.parse(body).redirect_uris.join());
  if (new Set(callbacks).size < callbacks.length) find('registered_again');
}

/** Its program ends, and is started again when the token is over. */
async function wakesLate({ world, start, serves }: Scene): Promise<void> {
  if (!(await serves(start()))) return;
  world.state.nowEpochSeconds += LONG_ENOUGH_SECONDS;
  await serves(start());
}

/** What is revoked, in which order; and whether a token is still sent, by the same program and the next one. */
function signsOut(revocationStatus: number) {
  return async (scene: Scene): Promise<void> => {
    const { world, start, serves, find } = scene;
    const { state } = world;
    state.revocationStatus = revocationStatus;
    const client = start();
    if (!(await serves(client))) return;
    await client.signOut().catch(() => undefined);
    if (revocationStatus === 200) {
      const revoked = requestsTo(world, '/revoke').map(({ form }) => form.get('token'));
      const indexOf = (kind: string) => revoked.indexOf(state.secrets.find((one) => one.kind === kind)?.text ?? '');
      const [refreshToken, accessToken] = [indexOf('refresh_token'), indexOf('access_token')];
      if (refreshToken < 0) find('refresh_token_not_revoked');
      else if (accessToken < 0) find('access_token_not_revoked');
      else if (accessToken < refreshToken) find('access_token_revoked_first');
    }
    const before = state.seen.length;
    state.isDeclined = true;
    for (const one of [client, start()]) await scene.call(one);
    const isSent = ({ place, headers }: SeenRequest) => place === 'mcp' && headers.authorization !== undefined;
    if (state.seen.slice(before).some(isSent)) find('token_kept_after_sign_out');
  };
}

/** What others on this computer could make of the files that the client keeps. */
async function keepsFiles({ world, start, serves, find, directory, key }: Scene): Promise<void> {
  if (!(await serves(start())) || !existsSync(directory)) return;
  const bytes = Buffer.from(key);
  const spellings = ['latin1', 'hex', 'base64', 'base64url'] as const;
  for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if ((statSync(path).mode & 0o077) !== 0) find('store_readable_by_others');
    if (!entry.isFile()) continue;
    const text = readFileSync(path, 'latin1');
    if (world.state.secrets.some((secret) => text.includes(secret.text))) find('secret_in_plain');
    if (spellings.some((encoding) => text.includes(bytes.toString(encoding)))) find('key_beside_records');
  }
}

/** About what becomes of tokens: how they are renewed, kept, lost and ended. */
export const LIFETIME_SCENARIOS: readonly ((scene: Scene) => Promise<void>)[] = [
  callsAtOnce(20, (world) => {
    world.state.nowEpochSeconds += LONG_ENOUGH_SECONDS;
  }),
  callsAtOnce(5, (world) => {
    world.state.refusedUpTo = world.state.secrets.length;
  }),
  refreshesAgain,
  meetsTrouble,
  losesItsGrant,
  wakesLate,
  signsOut(200),
  signsOut(503),
  keepsFiles,
];
