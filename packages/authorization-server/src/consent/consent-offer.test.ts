import type { Consent } from '@portcullis/ports';
import { nodePlatform } from '@portcullis/ports/node';
import { describe, expect, it } from 'vitest';
import { configuredClient, FILES } from '../testing/fixtures.js';
import { allowedWithin, buildConsentOffer } from './consent-offer.js';

const scopes = [
  { name: 'read', description: '' },
  { name: 'write', description: '' },
  { name: 'edit', description: '', implies: ['write', 'read'] },
  { name: 'all', description: '', implies: ['edit'] },
];
const resource = { identifier: FILES, displayName: 'Files', scopes, defaultScopes: ['read'] };
const client = configuredClient('c');
const consentTo = (...granted: string[]): Consent => ({
  tenantId: 'default',
  subject: 's',
  clientId: 'c',
  resource: FILES,
  scopes: granted,
  documentFingerprint: undefined,
  clientDescription: undefined,
  grantedAtEpochSeconds: 0,
});
const offer = (requestedScopes: string[], consent?: Consent) =>
  buildConsentOffer({ requestedScopes, client, resource }, consent, nodePlatform.hash);

describe('what a request asks for', () => {
  it.each<[string, string[], Consent | undefined, string[], string[]]>([
    ['everything the first time', ['read', 'write'], undefined, ['read', 'write'], []],
    ['what is new', ['write', 'read'], consentTo('read'), ['write'], ['read']],
    ['nothing, where all was allowed', ['read'], consentTo('read', 'write'), [], ['read']],
    ['nothing that an allowed scope contains', ['read', 'write'], consentTo('edit'), [], ['read', 'write']],
    ['nothing that it contains by way of another', ['read'], consentTo('all'), [], ['read']],
    ['a scope that contains an allowed one', ['edit'], consentTo('read', 'write'), ['edit'], []],
    ['what an empty consent leaves', ['read'], consentTo(), ['read'], []],
  ])('%s', (_title, requested, consent, asked, allowed) => {
    expect(offer(requested, consent)).toMatchObject({ asked, allowed, descriptionChanged: false });
  });

  it('CI-08 is everything, with a word of why, where the client is described differently now', () => {
    const before = { ...consentTo('read', 'write'), documentFingerprint: 'before' };
    const anew = { asked: ['read'], allowed: [], descriptionChanged: true };
    expect(offer(['read'], before)).toEqual({ ...anew, covered: new Set() });
    const document = { fingerprint: 'now', fetchedAtEpochSeconds: 0, freshUntilEpochSeconds: 0, entityTag: undefined };
    const described = configuredClient('c', { document });
    expect(
      buildConsentOffer({ requestedScopes: ['read'], client: described, resource }, before, nodePlatform.hash),
    ).toEqual({
      ...anew,
      covered: new Set(),
    });
  });

  it('is everything, where a client that registers itself was consented to before registrations had fingerprints', () => {
    const dynamic = configuredClient('c', { source: 'dynamic' });
    const offered = buildConsentOffer(
      { requestedScopes: ['read'], client: dynamic, resource },
      consentTo('read'),
      nodePlatform.hash,
    );
    expect(offered).toEqual({ asked: ['read'], allowed: [], descriptionChanged: false, covered: new Set() });
  });

  it('tells of a new scope what it contains that was allowed before', () => {
    const within = (scope: string, ...granted: string[]) =>
      allowedWithin(scope, offer([scope], consentTo(...granted)), resource);
    expect(within('all', 'read', 'write')).toEqual(['write', 'read']);
    expect(within('edit', 'read')).toEqual(['read']);
    expect(within('write', 'read')).toEqual([]);
    expect(allowedWithin('all', offer(['all']), resource)).toEqual([]);
  });
});
