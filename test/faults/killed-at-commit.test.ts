import type { Storage } from '@portcullis/ports';
import { nodePlatform } from '@portcullis/ports/node';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { authorizeByForms, FormBrowser } from '../support/form-browser.js';
import { type Gate, RELAXED_LIMITS, startGate } from '../support/gate.js';
import { type HoldingProxy, startHoldingProxy } from '../support/holding-proxy.js';
import { initializeRequest, type ManualClient, registerClient } from '../support/oauth.js';
import { NOTES_SERVER } from '../support/paths.js';
import { type Posted, postTo } from '../support/post-to.js';
import { freePort, until } from '../support/processes.js';
import { DATABASES, type SharedDatabase } from './shared-database.js';

// Two processes share a database; one is killed (SIGKILL) while it redeems a code or rotates a refresh token, and the
// client comes again to the other. No hook in the program stops it at the right moment: before the commit it waits for
// a lock that the test holds, after the commit its answer is kept from the client.

const TENANT = 'default';
const REDIRECT_URI = 'http://127.0.0.1:49153/callback';
// Long enough for what is to happen inside it on a busy machine, short enough to wait for.
const GRACE_SECONDS = 5;

/** When the process dies, once it has committed. */
const MOMENTS = ['the commit is seen', 'its answer is on the way'] as const;
type Moment = (typeof MOMENTS)[number];

const config = (publicUrl: string): string => `
publicUrl: ${publicUrl}
upstreams:
  - command: node
    args: [${JSON.stringify(NOTES_SERVER)}]
refreshGraceSeconds: ${GRACE_SECONDS}
${RELAXED_LIMITS}`;

describe.each(DATABASES)('killed at the commit, $name', (kind) => {
  let database: SharedDatabase;
  let storage: Storage;
  let publicUrl: string;
  /** Dies in each test. */
  let doomed: Gate;
  let other: Gate;
  let client: ManualClient;
  let proxy: HoldingProxy;
  let person: { readonly username: string; readonly password: string };

  async function startOne(port: number): Promise<Gate> {
    const { dataDir, env } = database;
    return startGate({ config: config(publicUrl), port, dataDir, env });
  }

  beforeAll(async () => {
    database = await kind.start();
    publicUrl = `http://127.0.0.1:${await freePort()}`;
    doomed = await startOne(Number(new URL(publicUrl).port));
    const { username, password } = doomed;
    person = { username, password };
    other = await startOne(await freePort());
    storage = await database.open();
    client = await registerClient(publicUrl, REDIRECT_URI);
  });

  beforeEach(async () => {
    if (doomed.running.child.signalCode !== null) doomed = await startOne(doomed.port);
    proxy = await startHoldingProxy(doomed.port);
  });

  afterEach(async () => {
    await proxy?.close();
  });

  afterAll(async () => {
    await storage?.close();
    await other?.stop();
    await doomed?.stop();
    await database?.dispose();
  });

  async function kill(): Promise<void> {
    doomed.running.child.kill('SIGKILL');
    expect(await doomed.running.exited).toBe('SIGKILL');
  }

  async function obtainCode(): Promise<string> {
    const location = await authorizeByForms(new FormBrowser(publicUrl), client.authorizationUrl, person);
    return location.searchParams.get('code') ?? '';
  }

  const redeem = (port: number, code: string): Promise<Posted> =>
    postForm(port, {
      grant_type: 'authorization_code',
      code,
      client_id: client.clientId,
      redirect_uri: REDIRECT_URI,
      code_verifier: client.codeVerifier,
    });

  const refresh = (port: number, refreshToken: string): Promise<Posted> =>
    postForm(port, { grant_type: 'refresh_token', refresh_token: refreshToken, client_id: client.clientId });

  function postForm(port: number, form: Record<string, string>): Promise<Posted> {
    return postTo(port, publicUrl, '/token', new URLSearchParams(form).toString());
  }

  /** The refresh token of a fresh grant. */
  async function obtainRefreshToken(): Promise<string> {
    const { status, body } = await redeem(other.port, await obtainCode());
    expect(status).toBe(200);
    return String(body['refresh_token']);
  }

  /** Sends what will never be answered, and kills the process while it waits for its turn to write. */
  async function killBeforeCommit(send: (port: number) => Promise<Posted>): Promise<void> {
    const hold = await database.holdWrites();
    const answer = send(doomed.port).then(
      ({ status }) => `answered ${status}`,
      () => 'cut off',
    );
    // It is there and waits: other questions are answered, this one is not.
    await until('the process to be busy', async () => ((await fetch(`${doomed.origin}/livez`)).ok ? true : undefined));
    const first = await Promise.race([answer, new Promise((resolve) => setTimeout(() => resolve('waits'), 700))]);
    expect(first).toBe('waits');
    await kill();
    await hold.release();
    expect(await answer).toBe('cut off');
  }

  /** Sends it, kills the process at the moment that `committed` tells, and answers what the client was not told. */
  async function killAfterCommit(
    send: (port: number) => Promise<Posted>,
    moment: Moment,
    committed: () => Promise<boolean>,
  ): Promise<Readonly<Record<string, string>> | undefined> {
    const lost = send(proxy.port).then(
      () => 'answered',
      () => 'cut off',
    );
    await until('the commit', async () => ((await committed()) ? true : undefined));
    if (moment === 'its answer is on the way') await until('the answer', () => tokensIn(proxy.held()));
    await kill();
    expect(await lost).toBe('cut off');
    return tokensIn(proxy.held());
  }

  const isGrantThere = async (code: string): Promise<boolean> => (await grantOf(code)) !== undefined;

  async function grantOf(code: string) {
    const found = await storage.codes.find(TENANT, nodePlatform.hash(code));
    return found === undefined ? undefined : storage.grants.find(TENANT, found.grantId);
  }

  async function isRotated(refreshToken: string): Promise<boolean> {
    const found = await storage.grants.findByRefreshToken(TENANT, nodePlatform.hash(refreshToken));
    return found?.rotated !== undefined;
  }

  async function statusAtMcp(accessToken: string): Promise<number> {
    const { status } = await postTo(other.port, publicUrl, '/mcp', JSON.stringify(initializeRequest()), {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      authorization: `Bearer ${accessToken}`,
    });
    return status;
  }

  describe('F-01 a redemption', () => {
    it('(a) before the commit: the same code succeeds elsewhere, once', async () => {
      const code = await obtainCode();
      await killBeforeCommit((port) => redeem(port, code));
      expect(await grantOf(code)).toBeUndefined();

      const retry = await redeem(other.port, code);
      expect(retry.status).toBe(200);
      expect(await grantOf(code)).toMatchObject({ revoked: false });
      const next = await refresh(other.port, String(retry.body['refresh_token']));
      expect(next.status).toBe(200);
      expect((await redeem(other.port, code)).body['error']).toBe('invalid_grant');
    });

    it.each(MOMENTS)('(b) after the commit, when %s: the code is spent, and what it brought ends', async (moment) => {
      const code = await obtainCode();
      const unseen = await killAfterCommit(
        (port) => redeem(port, code),
        moment,
        () => isGrantThere(code),
      );
      expect(await grantOf(code)).toMatchObject({ revoked: false });

      const retry = await redeem(other.port, code);
      expect([retry.status, retry.body['error']]).toEqual([400, 'invalid_grant']);
      expect(await grantOf(code)).toMatchObject({ revoked: true });
      if (moment === 'its answer is on the way') {
        const { access_token: accessToken = '', refresh_token: refreshToken = '' } = unseen ?? {};
        expect((await refresh(other.port, refreshToken)).body['error']).toBe('invalid_grant');
        await until('the mark', async () => ((await statusAtMcp(accessToken)) === 401 ? true : undefined), 5000);
      }
    });
  });

  describe('F-02 a refresh', () => {
    it('before the commit: the same refresh token succeeds elsewhere', async () => {
      const refreshToken = await obtainRefreshToken();
      await killBeforeCommit((port) => refresh(port, refreshToken));
      expect(await isRotated(refreshToken)).toBe(false);

      const retry = await refresh(other.port, refreshToken);
      expect(retry.status).toBe(200);
      expect((await refresh(other.port, String(retry.body['refresh_token']))).status).toBe(200);
    });

    it.each(MOMENTS)(
      'after the commit, when %s, inside the grace: the one successor is given again',
      async (moment) => {
        const refreshToken = await obtainRefreshToken();
        const unseen = await killAfterCommit(
          (port) => refresh(port, refreshToken),
          moment,
          () => isRotated(refreshToken),
        );

        const retry = await refresh(other.port, refreshToken);
        expect(retry.status).toBe(200);
        const successor = String(retry.body['refresh_token']);
        if (moment === 'its answer is on the way') expect(successor).toBe(unseen?.['refresh_token']);
        expect((await refresh(other.port, successor)).status).toBe(200);
        expect(await statusAtMcp(String(retry.body['access_token']))).toBe(200);
      },
    );

    it('after the commit, after the grace: it counts as stolen, and the family ends', async () => {
      const refreshToken = await obtainRefreshToken();
      const unseen = await killAfterCommit(
        (port) => refresh(port, refreshToken),
        'its answer is on the way',
        () => isRotated(refreshToken),
      );
      await new Promise((resolve) => setTimeout(resolve, (GRACE_SECONDS + 1) * 1000));

      const late = await refresh(other.port, refreshToken);
      expect([late.status, late.body['error']]).toEqual([400, 'invalid_grant']);
      expect((await refresh(other.port, unseen?.['refresh_token'] ?? '')).body['error']).toBe('invalid_grant');
      const found = await storage.grants.findByRefreshToken(TENANT, nodePlatform.hash(refreshToken));
      expect(found).toMatchObject({ revoked: true });
      const events = other.log().filter(({ type }) => type === 'refresh_token.reuse_detected');
      expect(events.map(({ grantId }) => grantId)).toContain(found?.grant.grantId);
    });
  });
});

/** The tokens in the bytes of an answer, once it is whole. */
function tokensIn(answer: string): Readonly<Record<string, string>> | undefined {
  const json = /\{"access_token":.*\}/.exec(answer)?.[0];
  return json === undefined ? undefined : (JSON.parse(json) as Record<string, string>);
}
