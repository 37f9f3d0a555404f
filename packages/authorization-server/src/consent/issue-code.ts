import {
  type AuthorizationCode,
  base64Url,
  type Client,
  type RedirectAnswer,
  type RequestContext,
  type RequestedTransaction,
  randomSecret,
} from '@portcullis/ports';
import { fail, type Result, succeed } from '@portcullis/protocol';
import { consentedTo, registrationFingerprint } from '../clients/client-fingerprint.js';
import type { Core } from '../core.js';
import type { SignedInUser } from '../sign-in/presence.js';
import { buildCodeLocation, createResponseSealer } from './authorization-response.js';

/** A transaction that a code can end, in its browser. */
export interface DecidedTransaction {
  readonly transaction: RequestedTransaction;
  /** The one of the transaction. */
  readonly answer: RedirectAnswer;
  readonly client: Client;
  readonly handle: string;
  readonly browser: string;
}

/** An approval, by a person just now or by one that is remembered. */
export interface Approval {
  readonly signedIn: SignedInUser;
  /** What the token will carry: all of it requested. */
  readonly scopes: readonly string[];
  readonly remembered: boolean;
}

/**
 * Ends a transaction with a code and answers where the browser goes with it; where it had ended with one before, the
 * answer of then. The code, the consent and the event are one act of the store. Fails where the transaction ended
 * otherwise, or its user, its client or the connection between the two was taken away meanwhile.
 *
 * The caller has noted the user on the transaction (`authenticate`) before it looked at stored consents: a withdrawal
 * ends the open transactions of that user and client, so one that came since then is not undone here.
 */
export async function issueCode(
  core: Core,
  context: RequestContext,
  { transaction, answer, client, handle, browser }: DecidedTransaction,
  { signedIn, scopes, remembered }: Approval,
): Promise<Result<string, 'transaction_ended'>> {
  const { platform, storage } = core.ports;
  const { tenantId, transactionHash } = transaction;
  const { subject, username } = signedIn.user;
  const now = platform.clock.nowEpochSeconds();
  const secret = randomSecret(platform.random, 'pcc_');
  const code = buildCode(core, transaction, answer, client, signedIn, scopes, secret);
  const { clientId, resource, grantId } = code;
  const described = consentedTo(client, platform.hash);
  const consent = { tenantId, subject, clientId, resource, scopes, ...described, grantedAtEpochSeconds: now };
  const location = buildCodeLocation(answer, secret, core.settings.issuer);
  const sealer = createResponseSealer(platform, handle, browser);
  // Bound to the subject: another user of this browser cannot have this answer repeated.
  const sealingContext = `authorization-response:${tenantId}:${subject}`;
  const sealed = await sealer.seal(location, sealingContext);
  const event = core.trail.event(context, 'consent.granted', 'allowed', {
    ...(remembered ? { reason: 'consent_remembered' } : {}),
    clientId,
    clientName: client.clientName,
    subject,
    username,
    grantId,
    resource,
    scopes,
  });

  // An ended transaction takes no approval; `issue` then says how it ended.
  await storage.transactions.approve(tenantId, transactionHash, scopes, now);
  const issue = await storage.transactions.issue(tenantId, transactionHash, code, consent, sealed, now, event);
  switch (issue.outcome) {
    case 'issued':
      core.trail.record(event);
      return succeed(location);
    case 'repeated': {
      const first = await sealer.open(issue.sealedResponse, sealingContext);
      return first === undefined ? fail('transaction_ended') : succeed(first);
    }
    case 'refused':
      return fail('transaction_ended');
  }
}

/** Notes who the user is. On a transaction that ended it changes nothing. */
export async function noteUser(
  core: Core,
  { tenantId, transactionHash }: RequestedTransaction,
  { user, authenticatedAtEpochSeconds }: SignedInUser,
): Promise<void> {
  const now = core.ports.platform.clock.nowEpochSeconds();
  await core.ports.storage.transactions.authenticate(
    tenantId,
    transactionHash,
    user.subject,
    authenticatedAtEpochSeconds,
    now,
  );
}

function buildCode(
  core: Core,
  { tenantId, clientId, resource }: RequestedTransaction,
  { redirectUri, codeChallenge, dpopKeyThumbprint }: RedirectAnswer,
  client: Client,
  { user, authenticatedAtEpochSeconds }: SignedInUser,
  scopes: readonly string[],
  secret: string,
): AuthorizationCode {
  const { platform } = core.ports;
  const now = platform.clock.nowEpochSeconds();
  const fingerprint = registrationFingerprint(client, platform.hash);
  return {
    tenantId,
    codeHash: platform.hash(secret),
    clientId,
    redirectUri,
    codeChallenge,
    codeChallengeMethod: 'S256',
    resource,
    scopes,
    subject: user.subject,
    clientAuthMethod: client.tokenEndpointAuthMethod,
    authenticatedAtEpochSeconds,
    ...(dpopKeyThumbprint === undefined ? {} : { dpopKeyThumbprint }),
    ...(fingerprint === undefined ? {} : { registrationFingerprint: fingerprint }),
    grantId: base64Url(platform.random.bytes(16)),
    issuedAtEpochSeconds: now,
    expiresAtEpochSeconds: now + core.settings.lifetimes.codeSeconds,
  };
}
