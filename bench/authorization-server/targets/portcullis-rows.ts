import { type AuditEvent, type AuthorizationCode, base64Url, randomSecret, type Storage } from '@portcullis/ports';
import { nodePlatform } from '@portcullis/ports/node';
import { CHALLENGE, PUBLIC, RESOURCE, SCOPES, SUBJECT } from '../workload.js';

export const TENANT = 'default';

const YEAR_SECONDS = 365 * 86_400;

/** The user whose codes and tokens are redeemed. Kept where it is there already. */
export async function addUser(storage: Pick<Storage, 'users'>): Promise<void> {
  await storage.users.add(
    {
      tenantId: TENANT,
      subject: SUBJECT,
      username: 'alice',
      passwordHash: undefined,
      disabled: false,
      createdAtEpochSeconds: now(),
    },
    event('user.added'),
  );
}

/** A code that a person could have approved, through the same acts. */
export async function issueCode(storage: Pick<Storage, 'transactions'>): Promise<string> {
  const { code, secret } = newCode();
  const transactionHash = nodePlatform.hash(base64Url(nodePlatform.random.bytes(32)));
  const { clientId, redirectUri, resource, scopes, subject, issuedAtEpochSeconds } = code;
  await storage.transactions.create({
    tenantId: TENANT,
    transactionHash,
    browserHash: transactionHash,
    clientId,
    answer: { kind: 'redirect', redirectUri, state: undefined, codeChallenge: CHALLENGE },
    resource,
    requestedScopes: scopes,
    createdAtEpochSeconds: issuedAtEpochSeconds,
    expiresAtEpochSeconds: issuedAtEpochSeconds + YEAR_SECONDS,
  });
  await storage.transactions.authenticate(TENANT, transactionHash, subject, issuedAtEpochSeconds, issuedAtEpochSeconds);
  await storage.transactions.approve(TENANT, transactionHash, scopes, issuedAtEpochSeconds);
  const consent = {
    tenantId: TENANT,
    subject,
    clientId,
    resource,
    scopes,
    documentFingerprint: undefined,
    clientDescription: undefined,
    grantedAtEpochSeconds: issuedAtEpochSeconds,
  };
  const issue = await storage.transactions.issue(
    TENANT,
    transactionHash,
    code,
    consent,
    'sealed',
    issuedAtEpochSeconds,
    event('consent.granted'),
  );
  if (issue.outcome !== 'issued') throw new Error(`No code was issued: ${issue.outcome}`);
  return secret;
}

/** A refresh token, as redeeming a code leaves it. */
export async function issueRefreshToken(storage: Pick<Storage, 'transactions' | 'codes'>): Promise<string> {
  const secret = await issueCode(storage);
  const codeHash = nodePlatform.hash(secret);
  const code = await storage.codes.find(TENANT, codeHash);
  if (code === undefined) throw new Error('The code is gone');
  const { grantId, subject, clientId, resource, scopes, authenticatedAtEpochSeconds } = code;
  const refreshToken = randomSecret(nodePlatform.random, 'pcr_');
  const expiresAtEpochSeconds = now() + YEAR_SECONDS;
  const { outcome } = await storage.codes.redeem(
    TENANT,
    codeHash,
    {
      tenantId: TENANT,
      grantId,
      subject,
      clientId,
      resource,
      scopes,
      clientAuthMethod: 'none',
      authenticatedAtEpochSeconds,
      createdAtEpochSeconds: now(),
      expiresAtEpochSeconds,
    },
    { tokenHash: nodePlatform.hash(refreshToken), grantId, expiresAtEpochSeconds },
    now(),
    630,
    { redeemed: event('authorization_code.redeemed'), replayed: event('authorization_code.replayed') },
  );
  if (outcome !== 'redeemed') throw new Error(`No refresh token was issued: ${outcome}`);
  return refreshToken;
}

function newCode(): { readonly code: AuthorizationCode; readonly secret: string } {
  const secret = randomSecret(nodePlatform.random, 'pcc_');
  const issuedAtEpochSeconds = now();
  return {
    secret,
    code: {
      tenantId: TENANT,
      codeHash: nodePlatform.hash(secret),
      clientId: PUBLIC.clientId,
      redirectUri: PUBLIC.redirectUri,
      codeChallenge: CHALLENGE,
      codeChallengeMethod: 'S256',
      resource: RESOURCE,
      scopes: SCOPES,
      subject: SUBJECT,
      clientAuthMethod: 'none',
      authenticatedAtEpochSeconds: issuedAtEpochSeconds,
      grantId: base64Url(nodePlatform.random.bytes(16)),
      issuedAtEpochSeconds,
      expiresAtEpochSeconds: issuedAtEpochSeconds + YEAR_SECONDS,
    },
  };
}

function event(type: AuditEvent['type']): AuditEvent {
  return { type, outcome: 'allowed', tenantId: TENANT, occurredAtEpochSeconds: now() };
}

function now(): number {
  return nodePlatform.clock.nowEpochSeconds();
}
