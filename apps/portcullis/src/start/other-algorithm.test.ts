import type { SigningKeyRecord } from '@portcullis/authorization-server/keys';
import { expect, it } from 'vitest';
import { suggestWith } from '../suggest-command.js';
import { tellOtherAlgorithm } from './other-algorithm.js';

const NOW = 1_800_000_000;
const key = (
  algorithm: 'ES256' | 'RS256',
  state: SigningKeyRecord['state'],
  signsFromEpochSeconds: number,
  verifiesUntilEpochSeconds?: number,
): SigningKeyRecord => ({
  keyId: `${algorithm}-${state}`,
  algorithm,
  state,
  createdAtEpochSeconds: NOW - 100,
  signsFromEpochSeconds,
  verifiesUntilEpochSeconds,
});
const tell = (...keys: SigningKeyRecord[]) =>
  tellOtherAlgorithm(keys, { algorithm: 'RS256', publishAheadSeconds: 900 }, suggestWith(' --config /srv/gate.yaml'));

it('is silent where the configured algorithm signs and goes on', () => {
  expect(tell(key('RS256', 'signing', NOW))).toBeUndefined();
  expect(tell(key('ES256', 'verifying', 0, NOW + 60), key('RS256', 'signing', NOW))).toBeUndefined();
  expect(tell()).toBeUndefined();
});

it('says until when another one signs', () => {
  expect(tell(key('ES256', 'signing', 0, NOW + 2000), key('RS256', 'pending', NOW + 900))).toBe(
    'RS256 is configured; ES256 signs until 2027-01-15 08:15 UTC.',
  );
  expect(tell(key('ES256', 'signing', 0))).toContain(
    'ES256 signs until 900 s after a gate with this configuration has',
  );
});

it('says of a rotation that was under way that it comes first, what that means, and how it goes faster', () => {
  const waiting = key('ES256', 'pending', NOW + 600);
  expect(tell(key('ES256', 'signing', 0, NOW + 2000), waiting)).toBe(
    'RS256 is configured; ES256 signs until 2027-01-15 09:25 UTC at the latest: ES256-pending, of a rotation that was under ' +
      'way, has its turn first, at 2027-01-15 08:10 UTC. Sooner, by hand: npx portcullis keys rotate --config /srv/gate.yaml',
  );
  expect(tell(key('RS256', 'signing', 0, NOW + 2000), waiting)).toContain(
    'ES256 signs from 2027-01-15 08:10 UTC until',
  );
});
