import { createAuthorizationServer } from '@portcullis/authorization-server';
import type { AuditEvent, Client } from '@portcullis/ports';
import { nodePlatform } from '@portcullis/ports/node';
import { event } from '@portcullis/ports/testing';
import { DEVICE_CODE_GRANT_TYPE } from '@portcullis/protocol';
import { createRevocationFollower } from '@portcullis/resource-server';
import { openPostgresStorage, type PostgresStorage } from '@portcullis/storage/postgres';
import { afterAll, beforeAll, expect, it, onTestFinished, vi } from 'vitest';
import { FILES, OWN_CLIENTS, OWN_RESOURCES } from '../interop/clients.js';
import { authorizeByForms, FormBrowser } from '../support/form-browser.js';
import { type LoopbackHost, listenOnLoopback, toRequestListener } from '../support/loopback-host.js';
import { manualClient, type TokenResponse } from '../support/oauth.js';
import { ALICE, addAlice, ownServerPorts } from '../support/own-server.js';
import { type Cluster, startCluster } from '../support/postgres.js';

// Two servers of one issuer on one PostgreSQL, on hosts whose clocks are a minute apart, each by half of it wrong.

const DATABASE = 'portcullis';
const LOOPBACK = 'http://127.0.0.1/cb';
const PUBLIC = OWN_CLIENTS[0] as Client;
const CLIENTS: readonly Client[] = [
  { ...PUBLIC, clientId: 'app', redirectUris: [LOOPBACK] },
  { ...PUBLIC, clientId: 'device', redirectUris: [], grantTypes: [DEVICE_CODE_GRANT_TYPE, 'refresh_token'] },
];

/** One of the two. */
interface Replica {
  readonly host: LoopbackHost;
  readonly storage: PostgresStorage;
  readonly events: AuditEvent[];
}

let cluster: Cluster;
let behind: Replica;
let ahead: Replica;

beforeAll(async () => {
  cluster = await startCluster();
  await cluster.createDatabase(DATABASE);
  behind = await startReplica(-31);
  ahead = await startReplica(31, behind.host.origin);
  await addAlice(behind.storage);
});

afterAll(async () => {
  for (const replica of [behind, ahead]) {
    await replica?.host.close();
    await replica?.storage.close();
  }
  await cluster?.dispose();
});

async function startReplica(secondsAhead: number, issuer?: string): Promise<Replica> {
  const host = await listenOnLoopback();
  const timeOfDay = (): number => Date.now() + secondsAhead * 1000;
  const clock = { nowEpochSeconds: () => Math.floor(timeOfDay() / 1000) };
  const storage = await openPostgresStorage({
    connectionString: cluster.url(DATABASE),
    hostClocks: { timeOfDay, monotonic: () => performance.now() },
  });
  const events: AuditEvent[] = [];
  const server = await createAuthorizationServer(ownServerPorts(storage, events, { ...nodePlatform, clock }), {
    tenantId: 'default',
    issuer: issuer ?? host.origin,
    resources: OWN_RESOURCES,
    configuredClients: CLIENTS,
    // Shorter than what a poll may be too early by: on one clock, none of a test that waits for nothing is.
    lifetimes: { devicePollSeconds: 1 },
  });
  host.serve(toRequestListener(server.fetch, issuer ?? host.origin));
  return { host, storage, events };
}

function post({ host }: Replica, path: string, form: Readonly<Record<string, string>>): Promise<Response> {
  return fetch(host.origin + path, { method: 'POST', body: new URLSearchParams(form) });
}

/** The form that redeems a code which the server behind has just issued. */
async function codeOfBehind(): Promise<Record<string, string>> {
  const { origin } = behind.host;
  const client = manualClient(origin, 'app', 'http://127.0.0.1:9/cb', { resource: FILES });
  const { searchParams } = await authorizeByForms(new FormBrowser(origin), client.authorizationUrl, ALICE);
  return {
    grant_type: 'authorization_code',
    code: searchParams.get('code') ?? '',
    client_id: client.clientId,
    redirect_uri: client.redirectUri,
    code_verifier: client.codeVerifier,
  };
}

const tokensOf = async (response: Response): Promise<TokenResponse> => (await response.json()) as TokenResponse;

it('F-07 a code of the server behind is good at the server ahead, and the sweep there leaves it', async () => {
  const form = await codeOfBehind();
  await ahead.storage.sweep('default', ahead.storage.clock.nowEpochSeconds());
  const response = await post(ahead, '/token', form);
  expect(response.status).toBe(200);
  const { access_token } = await tokensOf(response);
  const claims = JSON.parse(Buffer.from(access_token.split('.')[1] ?? '', 'base64url').toString()) as { iat: number };
  // It is the database's time, which here is the machine's. The rest is what a busy machine takes.
  expect(Math.abs(claims.iat - Date.now() / 1000)).toBeLessThan(20);
});

it('F-07 a retry at the server ahead, of a refresh at the server behind, gets the same successor', async () => {
  const { refresh_token } = await tokensOf(await post(behind, '/token', await codeOfBehind()));
  const form = { grant_type: 'refresh_token', refresh_token, client_id: 'app' };
  const first = await tokensOf(await post(behind, '/token', form));
  const retried = await post(ahead, '/token', form);
  expect(retried.status).toBe(200);
  expect((await tokensOf(retried)).refresh_token).toBe(first.refresh_token);
});

it('F-07 a device that polls at both in turn is not slowed down', async () => {
  const begun = await post(ahead, '/device_authorization', { client_id: 'device', resource: FILES });
  const { device_code } = (await begun.json()) as { device_code: string };
  const form = { grant_type: DEVICE_CODE_GRANT_TYPE, device_code, client_id: 'device' };
  const errors: unknown[] = [];
  for (const replica of [ahead, behind, ahead]) {
    errors.push(((await (await post(replica, '/token', form)).json()) as { error: string }).error);
  }
  expect(errors).toEqual(['authorization_pending', 'authorization_pending', 'authorization_pending']);
});

it('F-07 each tells once that its clock is wrong, and what to do', () => {
  const told = [behind, ahead].map(({ events }) => events.filter(({ type }) => type === 'clock.apart'));
  expect(told.map((events) => events.map(({ detail }) => detail))).toEqual([
    ['This host is 31 seconds behind the database: set both clocks by NTP.'],
    ['This host is 31 seconds ahead of the database: set both clocks by NTP.'],
  ]);
});

it('F-07 a host two hours behind that is set right has every revoked access token dead, then and later', async () => {
  let secondsBehind = 7200;
  const timeOfDay = (): number => Date.now() - secondsBehind * 1000;
  const storage = await openPostgresStorage({
    connectionString: cluster.url(DATABASE),
    hostClocks: { timeOfDay, monotonic: () => performance.now() },
  });
  onTestFinished(() => storage.close());
  const { clock, revocationMarks: store } = storage;
  const times: number[] = [];
  // The times that the follower goes by, one each poll.
  const watched = {
    nowEpochSeconds() {
      times.push(clock.nowEpochSeconds());
      return times.at(-1) ?? 0;
    },
  };
  const following = { tenantId: 'a', store, clock: watched, audit: { record: () => undefined } };
  const follower = createRevocationFollower({ ...following, pollMilliseconds: 10 });
  onTestFinished(() => follower.stop());

  const now = clock.nowEpochSeconds();
  const revocation = { now, markLifetimeSeconds: 690 };
  await storage.grants.revokeWithoutRow('a', 'ended', revocation, event('grant.revoked'));
  await follower.start();
  const isDead = (grantId: string) => {
    const rest = { issuer: 'i', resource: 'r', subject: 's', clientId: 'c', accessTokenId: 'j', keyId: 'k' };
    const proof = { proofKey: undefined, recipientProof: 'audience' as const, groups: undefined, permissions: [] };
    const lifetime = { issuedAtEpochSeconds: now, expiresAtEpochSeconds: now + 600 };
    return follower.isRevoked({ tenantId: 'a', grantId, scopes: [], claims: {}, ...rest, ...proof, ...lifetime });
  };
  expect([isDead('ended'), isDead('another')]).toEqual([true, false]);
  const polls = async () => {
    const before = times.length;
    await vi.waitFor(() => expect(times.length).toBeGreaterThan(before + 5));
  };
  secondsBehind = 0;
  await polls();
  await vi.waitFor(() => expect(Math.abs(clock.hostAheadSeconds())).toBeLessThan(5));
  await polls();
  expect(isDead('ended')).toBe(true);
  // Two hours would show.
  expect(Math.max(...times) - now).toBeLessThan(600);
});
