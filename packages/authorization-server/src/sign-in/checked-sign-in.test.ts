import type { SignInService } from '@portcullis/ports';
import { createMemoryStorage } from '@portcullis/ports/memory';
import { describe, expect, it } from 'vitest';
import { ConfigurationError } from '../configuration-error.js';
import { fieldsOf } from '../testing/test-browser.js';
import { readPage } from '../testing/test-pages.js';
import { startTestServer } from '../testing/test-server.js';
import { createCheckedSignIn } from './checked-sign-in.js';

const BROKEN = new Error('the directory of users says: secret inside');
const ALICE = { subject: 'alice', authenticatedAtEpochSeconds: 1_800_000_000 };

/** A server with a sign-in that is good but for `changes`, and what its host was told. */
async function start(changes: object) {
  const signIn: SignInService = {
    find: async () => ALICE,
    begin: async () => new Response('Sign in'),
    end: async () => [],
    ...changes,
  };
  const faults: unknown[][] = [];
  const onFault = (...told: unknown[]): void => void faults.push(told);
  return { ...(await startTestServer({}, createMemoryStorage(), { signIn, onFault })), faults };
}

const throwing = (): never => {
  throw BROKEN;
};

describe('a sign-in of the host that fails', () => {
  it.each<[string, object]>([
    ['find', { find: async () => throwing() }],
    ['find, at once', { find: throwing }],
    ['begin', { find: async () => undefined, begin: async () => throwing() }],
  ])('in %s is told to the host as it was thrown, and to nobody else', async (_where, changes) => {
    const test = await start(changes);
    const answer = await test.send('/account', {}, { correlationId: 'c1' });
    expect([answer.status, (await readPage(answer.clone())).page]).toEqual([500, 'error']);
    expect(await answer.text()).not.toContain('secret inside');
    expect(test.faults).toEqual([[BROKEN, 'c1']]);
    expect(test.events.at(-1)).toMatchObject({ reason: 'internal_error', detail: 'Error' });
    expect(JSON.stringify(test.events)).not.toContain('secret inside');
  });

  it.each<[string, () => void | Promise<void>]>([
    ['throws', () => throwing()],
    ['rejects', async () => throwing()],
  ])('is answered alike where what is told of faults %s', async (_how, onFault) => {
    const test = await startTestServer({}, createMemoryStorage(), {
      signIn: { find: throwing, begin: throwing, end: throwing },
      onFault,
    });
    expect((await test.send('/account')).status).toBe(500);
  });
});

describe('what a sign-in answers', () => {
  it.each<[string, object, string]>([
    [
      'null for nobody',
      { find: async () => null },
      'signIn.find returned neither a user nor undefined, which is nobody',
    ],
    ['a name', { find: async () => 'alice' }, 'signIn.find returned neither a user nor undefined, which is nobody'],
    ['no subject', { find: async () => ({}) }, 'signIn.find returned no subject'],
    ['a number for the subject', { find: async () => ({ ...ALICE, subject: 5 }) }, 'signIn.find returned no subject'],
    [
      'a name that is no text',
      { find: async () => ({ ...ALICE, username: 5 }) },
      'signIn.find returned a username that is no text',
    ],
    ['no page', { find: async () => undefined, begin: async () => undefined }, 'signIn.begin returned no Response'],
    ['a text', { find: async () => undefined, begin: async () => '<p>' }, 'signIn.begin returned no Response'],
  ])('is refused where it is %s, in a sentence for the host', async (_title, changes, sentence) => {
    const test = await start(changes);
    expect((await test.send('/account')).status).toBe(500);
    expect(test.faults).toEqual([[new ConfigurationError(sentence), expect.any(String)]]);
  });

  it.each([undefined, 'a=b', [5]])('is refused where there are no cookies to sign out with but %j', async (cookies) => {
    const test = await start({ end: async () => cookies });
    const browser = test.newBrowser();
    const { model } = await readPage(await browser.get('/account'));
    expect((await browser.submit(fieldsOf(model.signOutForm))).status).toBe(500);
    const sentence = 'signIn.end returned no list of Set-Cookie values';
    expect(test.faults).toEqual([[new ConfigurationError(sentence), expect.any(String)]]);
  });

  it('may be a response of another realm or library', async () => {
    const foreign = { status: 200, headers: new Headers(), arrayBuffer: async () => new ArrayBuffer(0) };
    const checked = createCheckedSignIn({
      find: async () => ALICE,
      begin: async () => foreign as Response,
      end: async () => ['a=b'],
    });
    expect(await checked.begin(undefined as never, undefined as never, undefined as never)).toBe(foreign);
  });
});
