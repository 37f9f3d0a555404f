import { randomBytes } from 'node:crypto';
import { type DevicePrompt, deviceCode, type SessionOptions } from '@portcullis/client';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { connectSdkV1, connectSdkV2, type FetchClient } from '../../support/fetch-clients.js';
import { FormBrowser, formsOf } from '../../support/form-browser.js';
import { type FormsOpener, startFormsOpener } from '../../support/forms-opener.js';
import { ALICE } from '../../support/own-server.js';
import { CHANGE, guardDpop, READ } from '../../support/token-guards.js';
import { type JudgingServer, startOidcProvider } from './judging-server.js';
import { startClientProgram } from './program.js';

// What only `oidc-provider` has among the servers that judge the client: keys that tokens are bound to, and devices without
// a browser.

let judge: JudgingServer;
let mcp: FetchClient | undefined;

afterEach(async () => {
  await mcp?.close();
  mcp = undefined;
  expect(judge.faults()).toEqual([]);
});

const whoIs = async (): Promise<unknown> => JSON.parse((await mcp?.callTool('who')) ?? '');
const decodeClaims = (jwt: string): Record<string, unknown> =>
  JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString());

describe('a token that is bound to a key (RFC 9449)', () => {
  let opener: FormsOpener;

  beforeAll(async () => {
    const dPoP = { enabled: true, nonceSecret: randomBytes(32), requireNonce: () => true };
    judge = await startOidcProvider({ features: { dPoP }, guard: guardDpop });
    opener = await startFormsOpener(judge.origin, ALICE);
  });

  afterAll(async () => {
    await opener?.close();
    await judge?.close();
  });

  it.each([
    ['SDK v1', connectSdkV1],
    ['SDK v2', connectSdkV2],
  ])(
    'is fetched, proved at each call of %s and renewed, with the nonces that both servers demand',
    async (_sdk, connect) => {
      const program = startClientProgram(judge.url, opener);
      mcp = await connect(judge.url, program.fetch);
      const first = await program.tokens();
      expect(first.tokenType).toBe('DPoP');
      const owner = { clientId: first.clientId, scopes: [READ, CHANGE] };
      expect(await whoIs()).toEqual(owner);
      program.goAhead(590);
      expect(await whoIs()).toEqual(owner);
      const second = await program.tokens();
      expect(second.accessToken).not.toBe(first.accessToken);
      // The refresh token of a public client is bound to the first key (RFC 9449 §5).
      expect(decodeClaims(second.accessToken)['cnf']).toEqual(decodeClaims(first.accessToken)['cnf']);
      judge.endAccessTokens();
      await whoIs();
      expect(program.events.filter((type) => type === 'refreshed')).toHaveLength(2);
      expect(program.events.filter((type) => type === 'signed_in')).toHaveLength(1);
    },
  );
});

describe('a device without a browser (RFC 8628)', () => {
  beforeAll(async () => {
    judge = await startOidcProvider({ features: { deviceFlow: { enabled: true } } });
  });

  afterAll(() => judge?.close());

  const start = (differing: Partial<SessionOptions>) => startClientProgram(judge.url, undefined, differing);

  /** Somebody else's browser: enters the code, signs in, agrees. */
  async function enterCode({ verificationUri, userCode }: DevicePrompt): Promise<void> {
    const browser = new FormBrowser(judge.origin);
    const typed = { user_code: userCode, login: ALICE.username, password: ALICE.password };
    let visit = await browser.open(verificationUri);
    // The code, what it is for, who they are, and whether they agree.
    for (let page = 0; page < 4; page += 1) {
      const [form] = formsOf(visit);
      if (form !== undefined) visit = await browser.submit(visit, form, typed);
    }
    expect(visit).toMatchObject({ html: expect.stringContaining('Sign-in Success') });
  }

  /** A person who takes their time: the first question comes too early for an answer. */
  function deviceGrant() {
    const prompts: DevicePrompt[] = [];
    let questions = 0;
    const grant = deviceCode({
      show: (prompt) => void prompts.push(prompt),
      async wait() {
        questions += 1;
        const prompt = prompts.at(-1);
        if (questions > 1 && prompt !== undefined) await enterCode(prompt);
      },
    });
    return { grant, prompts, questions: () => questions };
  }

  it('signs in on another one, and renews by itself', async () => {
    const device = deviceGrant();
    const program = start({ grant: device.grant });
    mcp = await connectSdkV2(judge.url, program.fetch);
    const { clientId, accessToken } = await program.tokens();
    expect(await whoIs()).toEqual({ clientId, scopes: [READ] });
    expect(decodeClaims(accessToken)['sub']).toBe(ALICE.username);
    expect(device.questions()).toBe(2);
    judge.endAccessTokens();
    await whoIs();
    expect(program.events).toContain('refreshed');
    expect(device.prompts).toHaveLength(1);
  });

  it('registers again before it shows a code of a server that has forgotten it', async () => {
    const device = deviceGrant();
    const program = start({ grant: device.grant });
    await program.otherProcess.signIn();
    const { clientId } = await program.tokens();
    await program.otherProcess.signOut();
    await judge.forgetClient(clientId);
    mcp = await connectSdkV1(judge.url, program.fetch);
    expect((await program.tokens()).clientId).not.toBe(clientId);
    expect(device.prompts).toHaveLength(2);
  });
});
