import type { Revocable } from '@portcullis/ports';
import type { EpochSeconds } from '@portcullis/protocol';
import { checkSubject } from '../checks/subject.js';
import { findKeptClient } from '../clients/kept-client.js';
import type { Core } from '../core.js';
import { clientSubject } from './client-subject.js';
import type { OwnAccessToken } from './own-access-token.js';
import { findIssuerOfWorkload, isWorkloadSubject } from './workload-subject.js';

/** Why access that was given is there no more, though its token has not expired. */
export type EndReason =
  | 'grant_unknown'
  | 'grant_revoked'
  | 'access_revoked'
  | 'user_gone'
  | 'client_gone'
  | 'workload_gone'
  | 'resource_gone';

/** Stands for a token that is none, so that its end takes the same look-ups. Nothing in a store has these names. */
const NOBODYS: OwnAccessToken = {
  subject: '',
  clientId: '',
  resource: '',
  scopes: [],
  grantId: '',
  accessTokenId: '',
  keyId: '',
  issuedAtEpochSeconds: 0,
  expiresAtEpochSeconds: 0,
};

/**
 * What ended the access that an access token stands for, as the store has it now: its grant, a revocation mark, its user, its
 * client or its workload identity, or its resource. Undefined where all of them are there. Every answer takes the same look-ups, whatever the
 * first of them finds, and so does a token that is none. Does not look at its expiry.
 */
export async function findEnd(
  core: Core,
  token: OwnAccessToken | undefined,
  now: EpochSeconds,
): Promise<EndReason | undefined> {
  const { grants, revocationMarks, assertionIssuers } = core.ports.storage;
  const { tenantId } = core.settings;
  const asked = token ?? NOBODYS;
  const { grantId, subject, clientId, resource, issuedAtEpochSeconds } = asked;
  const issuerOfWorkload = findIssuerOfWorkload(core.settings.assertionIssuers, subject);
  const [found, isMarked, user, client, served, isIssuerDisabled] = await Promise.all([
    grants.find(tenantId, grantId),
    revocationMarks.covers(tenantId, revocablesOf(asked, tenantId), issuedAtEpochSeconds, now),
    checkSubject(core, subject),
    findKeptClient(core, clientId),
    core.resources.find(resource),
    assertionIssuers.isDisabled(tenantId, issuerOfWorkload?.issuer ?? ''),
  ]);
  if (found?.revoked === true) return 'grant_revoked';
  if (isMarked) return 'access_revoked';
  // A workload has no row either, and is neither user nor client: it stands in the configuration.
  if (found === undefined && isWorkloadSubject(subject)) {
    if (issuerOfWorkload === undefined || isIssuerDisabled) return 'workload_gone';
    return served === undefined ? 'resource_gone' : undefined;
  }
  // An access token that a client got in its own name has no row, and no user behind it.
  const isOfClientAlone = found === undefined && subject === clientSubject(clientId);
  if (found === undefined && !isOfClientAlone) return 'grant_unknown';
  if (!isOfClientAlone && !user.ok) return user.failure;
  if (client === undefined) return 'client_gone';
  return served === undefined ? 'resource_gone' : undefined;
}

/** What a mark could name. */
function revocablesOf(token: OwnAccessToken, tenantId: string): readonly Revocable[] {
  return [
    { kind: 'grant', value: token.grantId },
    { kind: 'subject', value: token.subject },
    { kind: 'client', value: token.clientId },
    { kind: 'key', value: token.keyId },
    { kind: 'tenant', value: tenantId },
  ];
}
