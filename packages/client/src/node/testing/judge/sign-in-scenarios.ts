import { randomUUID } from 'node:crypto';
import { issueCode } from './authorization-server.js';
import { requestsTo } from './rules.js';
import { type Scene, visit } from './scene.js';

/** Played for their requests, which every scenario is judged by. */
async function signsInTwice({ start, serves }: Scene): Promise<void> {
  const client = start();
  if (await serves(client)) await client.signIn().catch(() => undefined);
}

/** Responses of other sign-ins come first, one of them with a code that could be redeemed; the right one comes twice. */
async function hearsForeignResponses(scene: Scene): Promise<void> {
  const { world, start, find } = scene;
  let foreignCode = '';
  let rightCode = '';
  world.state.comeBack = async (location) => {
    const asked = requestsTo(world, '/authorize').at(-1)?.url.searchParams ?? new URLSearchParams();
    rightCode = location.searchParams.get('code') ?? '';
    foreignCode = issueCode(world, 'as1', asked);
    const ofOther = new URL(location);
    ofOther.searchParams.set('code', foreignCode);
    ofOther.searchParams.set('state', randomUUID());
    const ofNone = new URL(ofOther);
    ofNone.searchParams.delete('state');
    const refusal = new URL(location.origin + location.pathname);
    refusal.searchParams.set('error', 'access_denied');
    for (const url of [ofOther, ofNone, refusal, location, location]) await visit(world, url);
  };
  const client = start();
  const message = await scene.call(client);
  await scene.settle();
  // Whoever sends no state can tell nothing apart.
  if (requestsTo(world, '/authorize').some(({ url }) => !url.searchParams.has('state'))) return;
  const redeemed = requestsTo(world, '/token').map(({ form }) => form.get('code'));
  if (redeemed.includes(foreignCode)) find('state_unchecked');
  else if (message !== '' || redeemed.join() !== rightCode) find('foreign_response_ends_sign_in');
}

/** The response comes from another issuer, or does not say from which though the server says that it does. */
function comesFromAnotherIssuer(change: (location: URL, otherIssuer: string) => void) {
  return async (scene: Scene): Promise<void> => {
    const { world, find } = scene;
    world.state.comeBack = async (location) => {
      change(location, world.origins.as2);
      await visit(world, location);
    };
    const message = await scene.call(scene.start());
    if (requestsTo(world, '/token').length > 0) find('iss_unchecked');
    if (message.includes(WRITTEN)) find('foreign_error_shown');
  };
}

const WRITTEN = 'call 555-0100 at once';

/** Calls at once need somebody to sign in, who does not want to. */
async function isDeclined(scene: Scene): Promise<void> {
  const { world, find } = scene;
  world.state.isDeclined = true;
  const client = scene.start();
  await Promise.all(Array.from({ length: 5 }, () => scene.call(client)));
  if (requestsTo(world, '/authorize').length > 1) find('asked_again_after_no');
}

/** Metadata that nobody may believe. */
function isMisled(
  finding: 'foreign_resource_believed' | 'foreign_issuer_believed' | 'missing_pkce_support_ignored',
  prepare: (scene: Scene) => void,
) {
  return async (scene: Scene): Promise<void> => {
    prepare(scene);
    await scene.call(scene.start());
    if (requestsTo(scene.world, '/authorize').length > 0) scene.find(finding);
  };
}

/** A server that never has enough, until the judge has seen enough. */
function isNeverSatisfied(prepare: (scene: Scene) => void) {
  return async (scene: Scene): Promise<void> => {
    const { world, find } = scene;
    const client = scene.start();
    if (!(await scene.serves(client))) return;
    const before = requestsTo(world, '/token').length;
    prepare(scene);
    // The second one finds that it is given up for good.
    for (let calls = 0; calls < 2; calls += 1) await scene.call(client);
    if (requestsTo(world, '/token').length - before > 3) find('authorization_without_end');
  };
}

/** About the first tokens: who is asked for them, how, and what is believed. */
export const SIGN_IN_SCENARIOS: readonly ((scene: Scene) => Promise<void>)[] = [
  signsInTwice,
  hearsForeignResponses,
  comesFromAnotherIssuer((location, issuer) => location.searchParams.set('iss', issuer)),
  comesFromAnotherIssuer((location) => location.searchParams.delete('iss')),
  comesFromAnotherIssuer((location, issuer) => {
    location.searchParams.delete('code');
    location.searchParams.set('error', 'access_denied');
    location.searchParams.set('error_description', WRITTEN);
    location.searchParams.set('iss', issuer);
  }),
  isDeclined,
  isMisled('foreign_resource_believed', ({ world }) => {
    world.state.resource = `${world.origins.elsewhere}/mcp`;
  }),
  isMisled('foreign_issuer_believed', ({ world }) => {
    world.state.metadata = { issuer: world.origins.as2 };
  }),
  isMisled('missing_pkce_support_ignored', ({ world }) => {
    world.state.metadata = { code_challenge_methods_supported: ['plain'] };
  }),
  isNeverSatisfied(({ world }) => {
    world.state.wants = 10;
  }),
  isNeverSatisfied(({ world }) => {
    world.state.refusals = 10;
  }),
];
