import { expect, it } from 'vitest';
import type { Actor } from './access-token.js';
import { actingClients, countActors, isExchanged } from './actor-chain.js';

const AGENT: Actor = { sub: 'client:agent', iss: 'https://idp.test' };
const CHAIN: Actor = { sub: 'client:back', act: { sub: 'client:svc', act: AGENT } };

it('XG-06 counts everybody in a chain', () => {
  expect([undefined, AGENT, CHAIN].map(countActors)).toEqual([0, 1, 3]);
});

it('XG-06 knows clients of ours from whoever an identity provider calls alike', () => {
  expect([undefined, AGENT, CHAIN].map(actingClients)).toEqual([[], [], ['back', 'svc']]);
  expect([undefined, AGENT, CHAIN].map(isExchanged)).toEqual([false, false, true]);
});
