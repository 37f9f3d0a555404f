import type { Consent, FoundGrant } from '@portcullis/ports';
import { expect, it } from 'vitest';
import { joinConnections } from './connections.js';

const grant = (
  clientId: string,
  resource: string,
  scopes: string[],
  createdAt: number,
  usedAt: number,
): FoundGrant => ({
  grant: {
    tenantId: 'default',
    grantId: `${clientId} ${resource} ${createdAt}`,
    subject: 's',
    clientId,
    resource,
    scopes,
    clientAuthMethod: 'none',
    authenticatedAtEpochSeconds: createdAt,
    createdAtEpochSeconds: createdAt,
    expiresAtEpochSeconds: createdAt + 1000,
  },
  revoked: false,
  lastUsedAtEpochSeconds: usedAt,
});
const consent = (clientId: string, resource: string, scopes: string[], grantedAt: number): Consent => ({
  tenantId: 'default',
  subject: 's',
  clientId,
  resource,
  scopes,
  documentFingerprint: undefined,
  clientDescription: undefined,
  grantedAtEpochSeconds: grantedAt,
});
const connection = (
  resource: string,
  scopes: string[],
  connectedAt: number,
  usedAt: number | undefined,
  kept?: Consent,
) => ({
  resource,
  scopes,
  connectedAtEpochSeconds: connectedAt,
  lastUsedAtEpochSeconds: usedAt,
  consent: kept,
});

it('is nothing of nothing', () => {
  expect(joinConnections([], [])).toEqual([]);
});

it('joins grants and consents by client and resource, the client used last first', () => {
  const grants = [
    grant('a', 'r1', ['x'], 100, 150),
    grant('a', 'r1', ['y'], 120, 130),
    grant('a', 'r2', ['x'], 110, 110),
    grant('b', 'r1', ['x'], 90, 200),
  ];
  const consents = [
    consent('a', 'r1', ['y', 'z'], 130),
    consent('c', 'r2', ['x'], 300),
    consent('c', 'r1', ['x'], 200),
  ];
  const [ofAR1, ofCR2, ofCR1] = consents;
  expect(joinConnections(grants, consents)).toEqual([
    { clientId: 'b', connections: [connection('r1', ['x'], 90, 200)] },
    {
      clientId: 'a',
      connections: [connection('r1', ['y', 'z', 'x'], 100, 150, ofAR1), connection('r2', ['x'], 110, 110)],
    },
    {
      clientId: 'c',
      connections: [connection('r1', ['x'], 200, undefined, ofCR1), connection('r2', ['x'], 300, undefined, ofCR2)],
    },
  ]);
});
