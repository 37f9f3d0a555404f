import { addSecret } from './authorization-server.js';
import type { Scene } from './scene.js';

async function callsOtherAddresses({ world, start, serves }: Scene): Promise<void> {
  const client = start();
  if (!(await serves(client))) return;
  const { elsewhere, mcp } = world.origins;
  for (const url of [`${elsewhere}/mcp`, `${mcp}/mcp2`, `${mcp}/`]) await client.fetch(url).catch(() => undefined);
}

function isRedirected(to: (scene: Scene) => string) {
  return async (scene: Scene): Promise<void> => {
    const client = scene.start();
    if (!(await scene.serves(client))) return;
    scene.world.state.redirect = to(scene);
    await scene.call(client);
  };
}

async function hasTwoServers({ world, start, serves }: Scene): Promise<void> {
  if (!(await serves(start()))) return;
  await start({ serverUrl: world.otherServerUrl })
    .fetch(world.otherServerUrl)
    .catch(() => undefined);
}

/** The server names another authorization server; the client registers itself, and is given a secret. */
function movesAway(isStartedAgain: boolean) {
  return async (scene: Scene): Promise<void> => {
    const { world, serves, start } = scene;
    world.state.isConfidential = true;
    const client = start();
    if (!(await serves(client))) return;
    world.state.issuer = 'as2';
    const later = isStartedAgain ? start() : client;
    if (await serves(later)) await serves(start());
  };
}

/** The same for a client that somebody registered by hand. It may give up, and must not tell its secret. */
async function movesAwayFromSecret(scene: Scene): Promise<void> {
  const { world, serves, start, call } = scene;
  const identity = { preRegistered: { clientId: 'by-hand', clientSecret: 'secret-that-was-given-by-hand' } };
  addSecret(world, { text: identity.preRegistered.clientSecret, kind: 'client_secret', issuer: 'as1' });
  const client = start({ identity });
  if (!(await serves(client))) return;
  world.state.issuer = 'as2';
  await call(client);
  await call(start({ identity }));
}

/** The same where it proves itself by assertions, at the sign-in and at the refresh. */
async function provesItselfByAssertions(scene: Scene): Promise<void> {
  const { world, serves, start, call } = scene;
  const { privateKey } = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign']);
  const client = start({ identity: { preRegistered: { clientId: 'by-hand', privateKey } } });
  if (!(await serves(client))) return;
  world.state.nowEpochSeconds += 700;
  await serves(client);
  world.state.issuer = 'as2';
  await call(client);
}

/** Something that a server names, or redirects to, lies inside the network. */
function isLedInside(prepare: (scene: Scene) => void) {
  return async (scene: Scene): Promise<void> => {
    prepare(scene);
    await scene.call(scene.start());
  };
}

/** About where things are sent: tokens, codes, secrets, and requests at all. */
export const PLACE_SCENARIOS: readonly ((scene: Scene) => Promise<void>)[] = [
  callsOtherAddresses,
  isRedirected(({ world }) => `${world.origins.elsewhere}/mcp`),
  isRedirected(() => '/mcp2'),
  hasTwoServers,
  movesAway(false),
  movesAway(true),
  movesAwayFromSecret,
  provesItselfByAssertions,
  isLedInside(({ world }) => {
    world.state.resourceMetadata = 'https://169.254.169.254/metadata';
  }),
  isLedInside(({ world }) => {
    world.state.authorizationServers = ['https://10.0.0.7'];
  }),
  isLedInside(({ world }) => {
    world.state.metadata = { token_endpoint: 'https://10.0.0.7/token' };
  }),
  isLedInside(({ world }) => {
    world.state.metadata = { registration_endpoint: 'https://169.254.169.254/register' };
  }),
  isLedInside(({ world }) => {
    world.state.metadataReply = { status: 302, headers: { location: 'https://10.0.0.7/metadata' } };
  }),
];
