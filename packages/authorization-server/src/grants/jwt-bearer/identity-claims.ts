import {
  type EpochSeconds,
  fail,
  type JsonObject,
  type JsonValue,
  parseScope,
  type Result,
  succeed,
} from '@portcullis/protocol';
import { type AssertionFault, readNames } from '../../checks/jwt-assertion.js';
import { isClaimedIdentifier, isTime } from '../../checks/jwt-claims.js';
import type { Actor } from '../access-token.js';
import { MAX_ASSERTED_ACTORS } from '../actor-chain.js';

/** Longest name of an actor, and of whoever gave it. */
const MAX_ACTOR_LENGTH = 255;

/** What a user may be called by, the best first. */
const NAME_CLAIMS = ['email', 'preferred_username', 'sub'] as const;

/** What an ID-JAG says of whom it is about, who may use it, and for what. */
export interface IdentityClaims {
  /** `sub`: unique at its issuer, and nowhere else. */
  readonly sub: string;
  /** `jti` */
  readonly assertionId: string;
  readonly clientId: string;
  /** As it came, one or more. */
  readonly resources: readonly string[];
  /** Undefined where the identity provider says nothing of scopes. */
  readonly scopes: readonly string[] | undefined;
  /** `auth_time`: when the user signed in at the identity provider, if it says so. */
  readonly authenticatedAtEpochSeconds: EpochSeconds | undefined;
  readonly actor: Actor | undefined;
  /** What a person might know the user by, the best first. Chosen by somebody else, and neither bounded nor clean. */
  readonly names: readonly string[];
}

/** Who says it, and who must not be meant. */
interface Sides {
  readonly issuer: string;
  /** Ourselves: no identity provider may name an actor as if we knew them. */
  readonly ownIssuer: string;
}

/**
 * Reads the claims of an ID-JAG (draft-ietf-oauth-identity-assertion-authz-grant) beyond those of every assertion. Verifies none of
 * them.
 */
export function readIdentityClaims(claims: JsonObject, sides: Sides): Result<IdentityClaims, AssertionFault> {
  const named = readNames(claims, ['sub', 'jti', 'client_id']);
  if (!named.ok) return named;
  const { sub, jti, client_id: clientId } = named.value;
  const resources = readTexts(claims['resource']);
  if (resources.length === 0) {
    const how = claims['resource'] === undefined ? 'missing' : 'malformed';
    return fail({ problem: 'claim_missing', detail: `resource: ${how}` });
  }
  const scopes = readScope(claims['scope']);
  if (!scopes.ok) return malformed('scope');
  const actor = readAssertedActor(claims['act'], sides);
  if (!actor.ok) return malformed('act');
  const { auth_time: authTime } = claims;
  if (authTime !== undefined && !isTime(authTime)) return malformed('auth_time');
  return succeed({
    sub,
    assertionId: jti,
    clientId,
    resources,
    scopes: scopes.value,
    authenticatedAtEpochSeconds: authTime === undefined ? undefined : Math.floor(authTime),
    actor: actor.value,
    names: NAME_CLAIMS.map((name) => claims[name]).filter((name) => typeof name === 'string'),
  });
}

function malformed(claim: string): Result<never, AssertionFault> {
  return fail({ problem: 'malformed', detail: `${claim}: malformed` });
}

/** A text or a list of texts. Empty for anything else, and for a list with anything else in it. */
function readTexts(claim: JsonValue | undefined): readonly string[] {
  const all = Array.isArray(claim) ? claim : [claim];
  return all.every(isClaimedIdentifier) ? all : [];
}

/** A text, as the draft has it. One that names nothing is not one that says nothing. */
function readScope(claim: JsonValue | undefined): Result<readonly string[] | undefined, 'malformed'> {
  if (claim === undefined) return succeed(undefined);
  if (typeof claim !== 'string') return fail('malformed');
  if (claim === '') return succeed([]);
  const scopes = parseScope(claim);
  return scopes.ok ? scopes : fail('malformed');
}

/**
 * Who acts for the user (RFC 8693 §4.1). Each is named together with who gave the name: the identity provider, unless it
 * says otherwise, and with the kind it is said to be of (`sub_profile`). What else is said of it is left out. So an actor of
 * an identity provider never passes for one of ours. A chain that cannot be kept whole is refused, since what is cut off would
 * be an actor nobody sees.
 */
function readAssertedActor(
  claim: JsonValue | undefined,
  sides: Sides,
  depth = 1,
): Result<Actor | undefined, 'malformed'> {
  if (claim === undefined) return succeed(undefined);
  if (typeof claim !== 'object' || claim === null || Array.isArray(claim) || depth > MAX_ASSERTED_ACTORS) {
    return fail('malformed');
  }
  const { sub, iss = sides.issuer, sub_profile: profile, act } = claim as JsonObject;
  if (!isActorName(sub) || !isActorName(iss) || iss === sides.ownIssuer) return fail('malformed');
  if (profile !== undefined && !isActorName(profile)) return fail('malformed');
  const behind = readAssertedActor(act, sides, depth + 1);
  if (!behind.ok) return behind;
  return succeed({
    sub,
    iss,
    ...(profile === undefined ? {} : { sub_profile: profile }),
    ...(behind.value === undefined ? {} : { act: behind.value }),
  });
}

function isActorName(value: JsonValue | undefined): value is string {
  return typeof value === 'string' && value !== '' && value.length <= MAX_ACTOR_LENGTH;
}
