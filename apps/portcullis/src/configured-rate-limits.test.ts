import { expect, it } from 'vitest';
import { DEFAULTS } from './config/resolve-config.js';
import { configuredRateLimits } from './configured-rate-limits.js';

it('GW-17 takes each limit from its own key of the configuration', () => {
  const keys = Object.keys(DEFAULTS.rateLimits) as (keyof typeof DEFAULTS.rateLimits)[];
  const configured = Object.fromEntries(keys.map((key, index) => [key, 1000 + index])) as typeof DEFAULTS.rateLimits;
  const points = Object.fromEntries(
    Object.entries(configuredRateLimits(configured)).map(([name, rule]) => [name, keys[rule.points - 1000]]),
  );
  expect(points).toEqual({
    signInPerAccount: 'signInPerAccountPerMinute',
    signInPerNetwork: 'signInPerNetworkPerMinute',
    tokenPerCredential: 'tokenPerMinute',
    clientAuthenticationFailures: 'clientAuthenticationFailuresPerMinute',
    introspectionPerResourceServer: 'introspectionPerMinute',
    registrationPerNetwork: 'registrationPerMinute',
    registrationManagement: 'registrationManagementPerMinute',
    authorizationRequestsPerClient: 'authorizationRequestsPerMinute',
    userCodeFailures: 'userCodeFailuresPerTenMinutes',
    userCodeFailuresPerNetwork: 'userCodeFailuresPerNetworkPerTenMinutes',
    clientKeysPerNetwork: 'clientKeysPerMinute',
    metadataDocumentPerNetwork: 'metadataDocumentPerMinute',
  });
});

it('GW-17 gives every limit a name and a counter of its own, over the minutes that its key says', () => {
  const rules = Object.entries(configuredRateLimits(DEFAULTS.rateLimits));
  expect(new Set(rules.map(([, { name }]) => name)).size).toBe(rules.length);
  const ofTen = rules.filter(([, { windowSeconds }]) => windowSeconds === 600).map(([name]) => name);
  expect(ofTen).toEqual(['userCodeFailures', 'userCodeFailuresPerNetwork']);
  expect(rules.every(([, { windowSeconds }]) => [60, 600].includes(windowSeconds))).toBe(true);
});
