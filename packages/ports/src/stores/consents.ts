import type { EpochSeconds, ResourceIdentifier, Sha256, TenantId } from '@portcullis/protocol';
import type { AuthorizationCode } from './authorization-codes.js';
import type { Client } from './clients.js';
import type { DeviceApproval } from './device-codes.js';

/** What a client says of itself that a consent depends on. The keys are public ones: nothing of it is a secret. */
export type ConsentedDescription = Pick<
  Client,
  'clientName' | 'redirectUris' | 'tokenEndpointAuthMethod' | 'jwks' | 'jwksUri' | 'clientUri'
>;

/** What one user has allowed one client at one resource, all in all. Tokens carry what was asked and approved each time. */
export interface Consent {
  readonly tenantId: TenantId;
  readonly subject: string;
  readonly clientId: string;
  readonly resource: ResourceIdentifier;
  /** Grows with every approval. */
  readonly scopes: readonly string[];
  /** Of the document or the registration by which the client described itself when the user consented; undefined for clients
   * that the operator describes. */
  readonly documentFingerprint: Sha256 | undefined;
  /** What the fingerprint is over, so that the user can be told what changed since. At most what a document or a registration may
   * hold. Undefined where there is no fingerprint, and in a consent from before descriptions were kept. A program that knew none
   * may have put another fingerprint beside an old one: whoever reads it sees whether the two belong together. */
  readonly clientDescription: ConsentedDescription | undefined;
  readonly grantedAtEpochSeconds: EpochSeconds;
}

/**
 * Consents. They are written by `AuthorizationTransactionStore.issue` and `approveDevice`, in the transaction that issues the
 * code or approves the device, and go with `GrantStore.disconnect`, the client, the user, or the resource server.
 */
export interface ConsentStore {
  find(
    tenantId: TenantId,
    subject: string,
    clientId: string,
    resource: ResourceIdentifier,
  ): Promise<Consent | undefined>;
  /** All of a user, by client id and resource. */
  listOfUser(tenantId: TenantId, subject: string): Promise<readonly Consent[]>;
}

/** What of a client a consent keeps, and nothing more of it: adapters store no other member, whatever they are given. */
export function consentedDescription(client: ConsentedDescription): ConsentedDescription {
  const { clientName, redirectUris, tokenEndpointAuthMethod, jwks, jwksUri, clientUri } = client;
  return { clientName, redirectUris, tokenEndpointAuthMethod, jwks, jwksUri, clientUri };
}

/** Adapters refuse to keep a consent beside an approval of somebody or something else. @throws when the two differ */
export function requireSameApproval(
  transaction: Pick<Consent, 'tenantId' | 'clientId' | 'resource'>,
  approval: DeviceApproval,
  consent: Consent,
): void {
  const isSame =
    transaction.tenantId === consent.tenantId &&
    transaction.clientId === consent.clientId &&
    transaction.resource === consent.resource &&
    approval.subject === consent.subject;
  if (!isSame) throw new Error('The consent is not the one of this approval');
}

/** Adapters refuse to keep a consent beside a code of somebody or something else. @throws when the two differ */
export function requireSameAct(code: AuthorizationCode, consent: Consent): void {
  const isSame =
    code.tenantId === consent.tenantId &&
    code.subject === consent.subject &&
    code.clientId === consent.clientId &&
    code.resource === consent.resource;
  if (!isSame) throw new Error('The consent is not the one of this code');
}

/** Whether a user still allows all that they did when `found` was read, and the same description of the client. `held` is what
 * is kept now. */
export function stillAllows(
  held: Consent | undefined,
  found: Pick<Consent, 'scopes' | 'documentFingerprint'>,
): boolean {
  return (
    held !== undefined &&
    held.documentFingerprint === found.documentFingerprint &&
    found.scopes.every((scope) => held.scopes.includes(scope))
  );
}
