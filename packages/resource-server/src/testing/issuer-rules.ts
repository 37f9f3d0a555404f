import { fail, succeed } from '@portcullis/protocol';
import type { TokenRules } from '../issuers/trusted-issuer.js';

/** Plain rules of a provider with RFC 9068 tokens, for tests. */
export const issuerRules: TokenRules = {
  preset: 'test',
  algorithms: ['ES256', 'RS256'],
  types: ['at+jwt'],
  recipientProof: 'audience',
  readClaims: ({ aud, sub, client_id: clientId, scope }, { resource }) => {
    if (aud !== resource) return fail({ reason: 'wrong_audience' });
    if (typeof sub !== 'string') return fail({ reason: 'claim_missing', claim: 'sub' });
    if (typeof clientId !== 'string') return fail({ reason: 'claim_missing', claim: 'client_id' });
    return succeed({ subject: sub, clientId, scopes: typeof scope === 'string' ? scope.split(' ') : [] });
  },
};
