import type { EpochSeconds, TenantId } from '@portcullis/protocol';
import type { AuthorizationCode, Redemption } from '../stores/authorization-codes.js';
import type { Consent } from '../stores/consents.js';
import type { Grant, Rotation, StoredRefreshToken } from '../stores/grants.js';
import type { RevocationMark } from '../stores/revocation-marks.js';
import type { Storage } from '../stores/storage.js';
import {
  authorizationCode,
  consentOf,
  event,
  grant,
  MARK_LIFETIME_SECONDS,
  NOW,
  redemptionEvents,
  refreshToken,
  rotationEvents,
  TENANT_A,
  transaction,
  user,
} from './fixtures.js';

/** Brings a code into the store the only way there is: through a transaction that was approved and authenticated. The
 * user is added where unknown; the transaction is named after the code. */
export async function issueCode(
  storage: Storage,
  changes: Partial<AuthorizationCode> = {},
  given: Partial<Consent> = {},
): Promise<void> {
  const code = authorizationCode(changes);
  const { tenantId, subject, issuedAtEpochSeconds: now } = code;
  const transactionHash = `transaction of ${code.codeHash}`;
  if ((await storage.users.findBySubject(tenantId, subject)) === undefined) {
    await storage.users.add(user({ tenantId, subject, username: `user ${subject}` }), event('user.added', tenantId));
  }
  await storage.transactions.create(
    transaction({
      tenantId,
      transactionHash,
      clientId: code.clientId,
      resource: code.resource,
      expiresAtEpochSeconds: now + 600,
    }),
  );
  await storage.transactions.authenticate(tenantId, transactionHash, subject, now, now);
  await storage.transactions.approve(tenantId, transactionHash, code.scopes, now);
  const answer = await storage.transactions.issue(
    tenantId,
    transactionHash,
    code,
    consentOf(code, given),
    'sealed response',
    now,
    event('consent.granted', tenantId),
  );
  if (answer.outcome !== 'issued') throw new Error(`The code was not issued: ${answer.outcome}`);
}

/** What a redemption may change from the fixtures. */
export interface RedemptionChanges {
  readonly codeHash?: string;
  readonly grant?: Partial<Grant>;
  readonly refreshToken?: Partial<StoredRefreshToken>;
  readonly now?: EpochSeconds;
}

/** Redeems a code of the fixtures. */
export function redeem(storage: Storage, changes: RedemptionChanges = {}): Promise<Redemption> {
  const granted = grant(changes.grant);
  return storage.codes.redeem(
    granted.tenantId,
    changes.codeHash ?? 'code-1',
    granted,
    refreshToken({ grantId: granted.grantId, ...changes.refreshToken }),
    changes.now ?? NOW,
    MARK_LIFETIME_SECONDS,
    redemptionEvents(granted.tenantId),
  );
}

/** Issues and redeems in one go: a live grant with one refresh token. */
export async function grantAccess(
  storage: Storage,
  code: Partial<AuthorizationCode> = {},
  token: Partial<StoredRefreshToken> = {},
): Promise<void> {
  const { tenantId, codeHash, grantId, subject, clientId, resource } = authorizationCode(code);
  await issueCode(storage, code);
  const changes = { codeHash, grant: { tenantId, grantId, subject, clientId, resource }, refreshToken: token };
  const { outcome } = await redeem(storage, changes);
  if (outcome !== 'redeemed') throw new Error(`The code was not redeemed: ${outcome}`);
}

/** What a rotation may change: by default `refresh-1` becomes `refresh-2`, with a grace of 60 seconds. */
export interface RotationChanges {
  readonly tenantId?: string;
  readonly from?: string;
  readonly to?: string;
  readonly successor?: Partial<StoredRefreshToken>;
  readonly successorSalt?: string;
  readonly graceSeconds?: number;
  readonly now?: EpochSeconds;
}

/** Rotates a refresh token of the fixtures. The successor's salt is `salt of NAME`. */
export function rotate(storage: Storage, changes: RotationChanges = {}): Promise<Rotation> {
  const tokenHash = changes.to ?? 'refresh-2';
  return storage.grants.rotate(
    changes.tenantId ?? 'a',
    {
      tokenHash: changes.from ?? 'refresh-1',
      successor: refreshToken({ tokenHash, ...changes.successor }),
      successorSalt: changes.successorSalt ?? `salt of ${tokenHash}`,
      graceSeconds: changes.graceSeconds ?? 60,
      markLifetimeSeconds: MARK_LIFETIME_SECONDS,
    },
    changes.now ?? NOW,
    rotationEvents(changes.tenantId),
  );
}

/** How often each outcome occurs. */
export function countOutcomes(answers: readonly { readonly outcome: string }[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { outcome } of answers) counts[outcome] = (counts[outcome] ?? 0) + 1;
  return counts;
}

/** The live marks of one kind and value, in one tenant. */
export async function marksOf(
  storage: Storage,
  kind: RevocationMark['kind'],
  value: string,
  now: EpochSeconds = NOW,
  tenantId: TenantId = TENANT_A,
): Promise<readonly RevocationMark[]> {
  const marks = await storage.revocationMarks.after(tenantId, 0, now);
  return marks.filter((mark) => mark.kind === kind && mark.value === value);
}
