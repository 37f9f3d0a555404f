import { afterEach, describe, expect, it } from 'vitest';
import { authorizeByForms, FormBrowser } from '../support/form-browser.js';
import { type Gate, startGate } from '../support/gate.js';
import { registerClient } from '../support/oauth.js';
import { SERVER_EVERYTHING } from '../support/paths.js';
import { freePort } from '../support/processes.js';
import { type ConformanceRun, listScenarios, runAuthorizationScenarios } from './conformance-suite.js';

// The official suite judges the program as it is started for the first time: no configuration but the client that the
// suite is told to be. It clicks through sign-in and consent by plain forms, since it runs no scripts. Its scenarios
// test that clients get on with a server, not that the server is safe.

/** How many checks each scenario has in the pinned version: one that lost some would pass by saying less. */
const CHECKS = { 'authorization-server-metadata-endpoint': 2, 'authorization-code-grant': 1 };

let gate: Gate | undefined;

afterEach(async () => {
  await gate?.stop();
  gate = undefined;
});

async function start(config?: string): Promise<Gate> {
  gate = await startGate(config === undefined ? { args: ['--', 'node', SERVER_EVERYTHING, 'stdio'] } : { config });
  return gate;
}

async function judge(
  { origin, username, password }: Gate,
  client: { clientId: string; port: number; resource?: string },
): Promise<ConformanceRun> {
  return runAuthorizationScenarios({ issuer: origin, ...client }, async (url) => {
    const callback = await authorizeByForms(new FormBrowser(origin), url, { username, password });
    await fetch(callback);
  });
}

function expectPass({ scenarios, output }: ConformanceRun): void {
  const checks = Object.values(scenarios).flat();
  const unwelcome = checks.filter(({ status }) => status !== 'SUCCESS' && status !== 'INFO');
  expect(unwelcome, output).toEqual([]);
  const counted = ({ status }: { status: string }): boolean => status === 'SUCCESS' || status === 'WARNING';
  expect(
    Object.fromEntries(Object.entries(scenarios).map(([name, list]) => [name, list.filter(counted).length])),
    output,
  ).toEqual(CHECKS);
}

const configured = (port: number): string => `
upstreams:
  - command: node
    args: [${JSON.stringify(SERVER_EVERYTHING)}, stdio]
clients:
  - clientId: conformance
    clientName: The conformance suite
    redirectUris: [http://127.0.0.1:${port}/callback]
    tokenEndpointAuthMethod: none
`;

describe('the official conformance suite, authorization server', () => {
  it('has the scenarios that are known', async () => {
    const scenarios = await listScenarios('authorization');
    expect(scenarios.map(({ name }) => name)).toEqual(Object.keys(CHECKS));
  });

  /** What the client asks for, if anything: the one resource there is. */
  const RESOURCES: readonly (readonly [string, (gate: Gate) => { readonly resource?: string }])[] = [
    ['without a resource', () => ({})],
    ['with a resource', ({ origin }) => ({ resource: `${origin}/mcp` })],
  ];

  it.each(RESOURCES)('passes a public client that registers itself, %s', async (_, asked) => {
    const started = await start();
    const port = await freePort();
    const { clientId } = await registerClient(started.origin, `http://127.0.0.1:${port}/callback`);
    expectPass(await judge(started, { clientId, port, ...asked(started) }));
  });

  it.each(RESOURCES)('passes a public client that is configured, %s', async (_, asked) => {
    const port = await freePort();
    const started = await start(configured(port));
    expectPass(await judge(started, { clientId: 'conformance', port, ...asked(started) }));
  });
});
