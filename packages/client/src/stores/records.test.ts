import { describe, expect, it } from 'vitest';
import {
  parseRegistrationsRecord,
  parseTokenRecord,
  type Registration,
  registrationsRecord,
  type TokenSet,
  tokenRecord,
} from './records.js';

const ISSUER = 'https://as.example';
const registration = (clientId: string, issuer = ISSUER): Registration => ({
  issuer,
  clientId,
  clientSecret: undefined,
  authMethod: 'none',
  redirectUris: ['http://127.0.0.1/callback'],
  secretExpiresAtEpochSeconds: undefined,
  grantTypes: ['authorization_code'],
});
const asKept = (record: object) => JSON.parse(JSON.stringify(record));

describe('registrations', () => {
  it('are read as they were kept, newest first', () => {
    const record = asKept(registrationsRecord([registration('new'), registration('old')]));
    expect(parseRegistrationsRecord(record, ISSUER)).toEqual([registration('new'), registration('old')]);
  });

  it('are read where there was one at most', () => {
    const { others: _none, grant_types: _unknown, ...before } = asKept(registrationsRecord([registration('only')]));
    expect(parseRegistrationsRecord(before, ISSUER)).toMatchObject([{ clientId: 'only', grantTypes: undefined }]);
    expect(parseRegistrationsRecord(undefined, ISSUER)).toEqual([]);
  });

  it('CL-06 are left out where they are malformed, or of another authorization server', () => {
    const record = asKept(registrationsRecord([registration('of-other', 'https://as2.example'), registration('good')]));
    record.others.push(null, 'text', [], { issuer: ISSUER });
    expect(parseRegistrationsRecord(record, ISSUER)).toEqual([registration('good')]);
  });
});

describe('what proves the client of tokens', () => {
  const place = { issuer: ISSUER, resource: 'https://mcp.example', isLegacy: false };
  const tokens: TokenSet = {
    ...place,
    clientId: 'one',
    client: {
      isSelfRegistered: true,
      authMethod: 'client_secret_post',
      clientSecret: 'its-secret',
      secretExpiresAtEpochSeconds: 1_900_000_000,
    },
    accessToken: 'at',
    tokenType: 'Bearer',
    issuedAtEpochSeconds: 1_800_000_000,
    expiresAtEpochSeconds: undefined,
    refreshToken: 'rt',
    scopes: ['a'],
    dpopKey: undefined,
  };

  it('is read as it was kept', () => {
    expect(parseTokenRecord(asKept(tokenRecord(tokens)), place)).toEqual(tokens);
  });

  it.each([undefined, null, 'text', [], {}, { token_endpoint_auth_method: 'magic' }])(
    'is not known where the record says %j',
    (client) => {
      const record = { ...asKept(tokenRecord(tokens)), client };
      expect(parseTokenRecord(record, place)).toEqual({ ...tokens, client: undefined });
    },
  );
});
