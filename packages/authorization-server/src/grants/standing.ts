import type { Revocable } from '@portcullis/ports';
import { clientOfSubject, clientSubject, type EpochSeconds, isClientSubject } from '@portcullis/protocol';
import { checkSubject } from '../checks/subject.js';
import { findKeptClient } from '../clients/kept-client.js';
import type { Core } from '../core.js';
import { actingClients, isExchanged } from './actor-chain.js';
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
  authenticatedAtEpochSeconds: undefined,
  proofKey: undefined,
  actor: undefined,
};

/**
 * What ended the access that an access token stands for, as the store has it now: its grant, a revocation mark, its user, a
 * client, its workload identity or its resource. The clients are all those that it went through: the one it was issued to,
 * those that exchanged it before, and the one that had the access first. Undefined where all of them are there. Does not
 * look at its expiry.
 *
 * Every answer takes the same look-ups, whatever the first of them finds, and so does a token that is none. One that came of
 * an exchange takes more, which tells nothing: it says so itself.
 */
export async function findEnd(
  core: Core,
  token: OwnAccessToken | undefined,
  now: EpochSeconds,
): Promise<EndReason | undefined> {
  const { grants, revocationMarks, assertionIssuers } = core.ports.storage;
  const { tenantId } = core.settings;
  const asked = token ?? NOBODYS;
  const { grantId, subject, clientId, resource, issuedAtEpochSeconds, actor } = asked;
  const clientIds = clientsOf(asked);
  const issuerOfWorkload = findIssuerOfWorkload(core.settings.assertionIssuers, subject);
  const [found, isMarked, user, served, isIssuerDisabled, clients] = await Promise.all([
    grants.find(tenantId, grantId),
    revocationMarks.covers(tenantId, revocablesOf(asked, clientIds, tenantId), issuedAtEpochSeconds, now),
    checkSubject(core, subject),
    core.resources.find(resource),
    assertionIssuers.isDisabled(tenantId, issuerOfWorkload?.issuer ?? ''),
    Promise.all(clientIds.filter((id) => !isWorkloadSubject(id)).map((id) => findKeptClient(core, id))),
  ]);
  // Whose the access was first is known by its grant alone. Without an exchange in between it is the client of the token.
  const first = isExchanged(actor) ? found?.grant.clientId : undefined;
  const isFirstGone = first !== undefined && (await findKeptClient(core, first)) === undefined;
  if (found?.revoked === true) return 'grant_revoked';
  if (isMarked) return 'access_revoked';
  // An access token that a client or a workload got in its own name has no row, and no user behind it; nor has what it was
  // exchanged for.
  const isOfWorkload = found === undefined && isWorkloadSubject(subject);
  const isOwnName = isExchanged(actor) ? isClientSubject(subject) : subject === clientSubject(clientId);
  const isOfClient = found === undefined && isOwnName;
  if (isOfWorkload && (issuerOfWorkload === undefined || isIssuerDisabled)) return 'workload_gone';
  if (!isOfWorkload && !isOfClient) {
    if (found === undefined) return 'grant_unknown';
    if (!user.ok) return user.failure;
  }
  if (isFirstGone || clients.includes(undefined)) return 'client_gone';
  return served === undefined ? 'resource_gone' : undefined;
}

/** Every client that a token names: its own first, then those that acted before it, and the one whose name it is in. */
function clientsOf({ clientId, actor, subject }: OwnAccessToken): readonly string[] {
  const inWhoseName = clientOfSubject(subject);
  return [...new Set([clientId, ...actingClients(actor), ...(inWhoseName === undefined ? [] : [inWhoseName])])];
}

/** What a mark could name. */
function revocablesOf(token: OwnAccessToken, clientIds: readonly string[], tenantId: string): readonly Revocable[] {
  return [
    { kind: 'grant', value: token.grantId },
    { kind: 'subject', value: token.subject },
    ...clientIds.map((value) => ({ kind: 'client', value }) as const),
    { kind: 'key', value: token.keyId },
    { kind: 'tenant', value: tenantId },
  ];
}
