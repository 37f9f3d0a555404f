import { expect, it } from 'vitest';
import { createMemoryStore } from '../stores/memory-store.js';
import { createSessionRecords } from '../stores/session-records.js';
import { createTokenKeeper } from './token-keeper.js';

const PLACE = { issuer: 'https://as.test', resource: 'https://mcp.test/mcp', isLegacy: false };
const REGISTRATION = {
  issuer: PLACE.issuer,
  clientId: 'one',
  clientSecret: undefined,
  authMethod: 'none',
  redirectUris: [],
  secretExpiresAtEpochSeconds: undefined,
} as const;
const RESPONSE = {
  accessToken: 'at-1',
  tokenType: 'Bearer',
  expiresInSeconds: 600,
  refreshToken: undefined,
  scopes: ['a'],
} as const;

it('CX-05 says of a store that fails whether something was not kept or not deleted', async () => {
  const failing = async (): Promise<never> => Promise.reject(new Error('EIO'));
  const store = { ...createMemoryStore(), save: failing, remove: failing };
  const records = createSessionRecords(store, new URL(PLACE.resource), 'default');
  const told: string[] = [];
  const keeper = createTokenKeeper(
    records,
    {},
    () => 1000,
    (event) => {
      if (event.type === 'not_saved') told.push(event.error.message);
    },
  );
  const { tokens } = await keeper.accept(PLACE, {
    client: { registration: REGISTRATION, privateKey: undefined },
    response: RESPONSE,
    asked: ['a'],
    dpopKey: undefined,
    previousRefreshToken: undefined,
    isSelfRegistered: false,
    mustBeBound: false,
  });
  await keeper.remove(() => records.removeTokens(tokens));
  expect(told).toEqual([
    expect.stringContaining('could not be saved'),
    expect.stringContaining('could not be deleted from the store'),
  ]);
});
