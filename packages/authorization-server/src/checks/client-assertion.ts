import type { Client, RequestContext } from '@portcullis/ports';
import { fail, type JsonObject, parseUnverifiedJwt, type Result, succeed } from '@portcullis/protocol';
import type { Core } from '../core.js';
import type { LimitReached } from '../rate-limits.js';
import type { RefusalReason } from '../refusals.js';
import {
  type AssertionBounds,
  type AssertionFault,
  type AssertionUse,
  type ClaimedKey,
  checkAssertionBounds,
  readAssertionBounds,
  readAssertionHeader,
  readNames,
  unknownKey,
} from './jwt-assertion.js';
import { oneTimeIdDeadAt } from './one-time-id.js';
import { isSignedByOne } from './signed-by-one.js';
import type { UseProof } from './use-proof.js';

/** Longest assertion that is read. Those in the field stay below 1 KiB. */
const MAX_ASSERTION_LENGTH = 8 * 1024;

/** How far ahead `exp`, and how long ago `iat` may lie. Each `jti` has to be remembered for as long. */
const MAX_LIFETIME_SECONDS = 300;

/** `typ` is not needed; where it is there, it is the old general type or that of draft-ietf-oauth-rfc7523bis. */
const USE: AssertionUse = { types: [undefined, 'jwt', 'client-authentication+jwt'], issuedAt: 'optional' };

/** A client assertion as it came: well formed, and unproven in everything it says. */
export interface ClientAssertion extends ClaimedKey, AssertionBounds {
  /** The whole, for the signature. */
  readonly text: string;
  /** `iss` and `sub`, which are one. */
  readonly clientId: string;
  /** `jti` */
  readonly assertionId: string;
}

/** Why an assertion proves nothing. */
export interface ClientAssertionFailure {
  readonly reason: RefusalReason;
  /** What the reason alone does not say, for the trail: which claim, and how it is wrong. Never what it says. */
  readonly detail?: string;
  /** Whom it names, where it cannot be read but for that. */
  readonly clientId?: string;
  /** Which limit it is, where the reason is `rate_limited`: nothing was judged then. */
  readonly limit?: LimitReached;
  /** When it is worth asking again, where the keys cannot be had now: nothing was judged then either. */
  readonly retryAfterSeconds?: number;
}

/**
 * Parses a client assertion (RFC 7523 §3, draft-ietf-oauth-rfc7523bis): its header ({@link readAssertionHeader}), and whom it is by
 * and for, when. `iss`, `sub`, `aud`, `exp` and `jti` have to be there, and the first two the same (§3 item 2.B).
 */
export function parseClientAssertion(text: string): Result<ClientAssertion, ClientAssertionFailure> {
  const jwt = parseUnverifiedJwt(text, MAX_ASSERTION_LENGTH);
  if (jwt === undefined) return fail({ reason: 'client_assertion_malformed' });
  const claimed = claimedClient(jwt.claims);
  const key = readAssertionHeader(jwt.header, USE);
  if (!key.ok) return fail({ ...failureOf(key.failure), ...claimed });
  const names = readNames(jwt.claims, ['iss', 'sub', 'jti']);
  if (!names.ok) return fail({ ...failureOf(names.failure), ...claimed });
  const { iss, sub, jti } = names.value;
  if (iss !== sub) return fail({ reason: 'client_assertion_subject_mismatch' });
  const bounds = readAssertionBounds(jwt.claims, USE);
  if (!bounds.ok) return fail({ ...failureOf(bounds.failure), ...claimed });
  return succeed({ ...key.value, ...bounds.value, text, clientId: sub, assertionId: jti });
}

/** Whom an assertion names, whatever else is wrong with it: for the trail. */
function claimedClient(claims: JsonObject): { readonly clientId?: string } {
  const names = readNames(claims, ['iss', 'sub']);
  return names.ok && names.value.iss === names.value.sub ? { clientId: names.value.sub } : {};
}

/**
 * Checks that an assertion is for this issuer and good now, whoever made it. `aud` has to be the issuer identifier, character for
 * character. The address of the token endpoint is not accepted: another authorization server can name it as its own, and then use
 * here what it is sent (draft-ietf-oauth-rfc7523bis §1).
 */
export function checkAssertionNow(
  { ports, settings }: Pick<Core, 'ports' | 'settings'>,
  assertion: ClientAssertion,
): ClientAssertionFailure | undefined {
  const { clockToleranceSeconds } = settings.lifetimes;
  const expected = { audience: settings.issuer, maxLifetimeSeconds: MAX_LIFETIME_SECONDS, clockToleranceSeconds };
  const fault = checkAssertionBounds(assertion, expected, ports.platform.clock.nowEpochSeconds());
  return fault && failureOf(fault);
}

/**
 * Checks that `client` made this assertion, which {@link checkAssertionNow} found good, and for the first time (RFC 7523 §3).
 *
 * In this order: key, signature, and last of all whether the `jti` was used before. Using it up is left to the
 * caller, since a request that is refused for something else does not. It is remembered until the assertion is dead on every
 * replica.
 *
 * Without a client the same is done with keys of nobody, so that an unknown client takes as long. It fails in any case.
 *
 * @param client - the client that `assertion.clientId` names, if it is registered for `private_key_jwt`
 * @param context - whose network is counted where keys have to be fetched
 * @returns what uses the `jti` up
 */
export async function checkClientAssertion(
  core: Pick<Core, 'ports' | 'settings' | 'clientKeys'>,
  assertion: ClientAssertion,
  client: Client | undefined,
  context: Pick<RequestContext, 'network'>,
): Promise<Result<UseProof, ClientAssertionFailure>> {
  const { platform, storage } = core.ports;
  const { tenantId, lifetimes } = core.settings;
  const now = platform.clock.nowEpochSeconds();
  const { clockToleranceSeconds } = lifetimes;
  const keys = await core.clientKeys.find(client, assertion, context);
  if (!keys.ok) return keys;
  if (keys.value.length === 0) return fail(failureOf(unknownKey(assertion)));
  if (!(await isSignedByOne(assertion.text, assertion.algorithm, keys.value)))
    return fail({ reason: 'client_assertion_signature_wrong' });
  if (client === undefined) return fail({ reason: 'client_unknown' });

  const idHash = platform.hash(JSON.stringify([assertion.clientId, assertion.assertionId]));
  const deadAt = oneTimeIdDeadAt(assertion.expiresAtEpochSeconds + clockToleranceSeconds, clockToleranceSeconds);
  if (await storage.oneTimeIds.isUsed(tenantId, KIND, idHash, now)) return fail({ reason: REPLAYED });
  return succeed(async () => {
    const isFirst = await storage.oneTimeIds.use(tenantId, KIND, idHash, deadAt, platform.clock.nowEpochSeconds());
    return isFirst ? undefined : REPLAYED;
  });
}

const KIND = 'client_assertion';
const REPLAYED = 'client_assertion_replayed' satisfies RefusalReason;

function failureOf({ problem, detail }: AssertionFault): ClientAssertionFailure {
  return { reason: problem === 'key_unknown' ? 'client_key_unknown' : `client_assertion_${problem}`, detail };
}
