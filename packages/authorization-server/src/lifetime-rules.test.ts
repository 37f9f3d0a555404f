import { expect, it } from 'vitest';
import { ConfigurationError } from './configuration-error.js';
import { LONGEST_LIFETIMES } from './lifetime-rules.js';
import { startTestServer } from './testing/test-server.js';

it('takes the longest of each', async () => {
  const { options } = await startTestServer({ lifetimes: LONGEST_LIFETIMES });
  expect(options.lifetimes).toEqual(LONGEST_LIFETIMES);
});

it.each(Object.entries(LONGEST_LIFETIMES))('F-12 refuses more than the longest %s', async (name, longest) => {
  // With the longest of all others, so that none is a part of a shorter one.
  const lifetimes = { ...LONGEST_LIFETIMES, [name]: longest + 1 };
  const refused = startTestServer({ lifetimes });
  await expect(refused).rejects.toThrow(ConfigurationError);
  await expect(refused).rejects.toThrow(`lifetimes.${name}: must be ${longest} at most, and is ${longest + 1}`);
});

it.each([
  [
    { refreshIdleSeconds: 61, refreshAbsoluteSeconds: 60 },
    'lifetimes.refreshIdleSeconds: is longer than refreshAbsoluteSeconds: 61, and that is 60',
  ],
  [
    { sessionAbsoluteSeconds: 600 },
    'lifetimes.sessionIdleSeconds: is longer than sessionAbsoluteSeconds: 1800, and that is 600',
  ],
])('F-12 refuses a part that is longer than the whole: %j', async (lifetimes, message) => {
  await expect(startTestServer({ lifetimes })).rejects.toThrow(new ConfigurationError(message));
});

it('says of the access token alone what a client does that works for longer', async () => {
  await expect(startTestServer({ lifetimes: { clockToleranceSeconds: 61 } })).rejects.toThrow(
    new ConfigurationError(
      'lifetimes.clockToleranceSeconds: must be 60 at most, and is 61: whatever ends access on this store keeps its marks for ' +
        'clocks that are no further apart',
    ),
  );
  await expect(startTestServer({ lifetimes: { accessTokenSeconds: 3601 } })).rejects.toThrow(/takes a refresh token$/);
});
