import type { Issuer, JsonObject, ResourceIdentifier, Result, TenantId } from '@portcullis/protocol';
import type { AccessTokenFailure, RecipientProof } from '../access-token.js';
import type { AccessTokenVerifier } from '../access-token-verifier.js';

/** The protected header of a token, parsed, as far as it is read. */
export interface TokenHeader {
  readonly algorithm: string;
  readonly keyId: string;
  /** In lower case; undefined where there is none. */
  readonly type: string | undefined;
  /** Everything in it, for rules that a provider's own members decide. */
  readonly members: JsonObject;
}

/** What a token's claims are held against. */
export interface TokenContext {
  readonly issuer: Issuer;
  readonly resource: ResourceIdentifier;
  /** Absent where the token was not a JWT, but asked about. */
  readonly header?: TokenHeader;
}

/** What a provider's claims mean, in the words of {@link VerifiedAccessToken}. */
export interface TokenFacts {
  readonly subject: string;
  readonly clientId: string;
  readonly scopes: readonly string[];
  readonly permissions?: readonly string[];
  /** Undefined where the token does not tell: also where they are too many to be in it. */
  readonly groups?: readonly string[] | undefined;
  readonly tenantId?: TenantId | undefined;
  readonly accessTokenId?: string | undefined;
  readonly grantId?: string | undefined;
  /** The thumbprint of the key that the token is bound to (`cnf.jkt`). @defaultValue a bearer token */
  readonly proofKey?: string | undefined;
  /** What proved the recipient of this token. @defaultValue what the rules say of all */
  readonly recipientProof?: RecipientProof;
}

/**
 * What the access tokens of one kind of provider look like, and what proves that one was meant for this resource. One
 * file a provider. Pure.
 *
 * Whoever applies the rules has checked, before `readClaims` is called: length, three parts, algorithm, key, signature,
 * `crit`, `typ` against `types`, `iss`, `exp`, `iat` and `nbf`. The recipient is for `readClaims` to check, always.
 */
export interface TokenRules {
  /** The name a person chooses the provider by. */
  readonly preset: string;
  /** Signature algorithms the provider may use: asymmetric ones only. */
  readonly algorithms: readonly string[];
  /** Values of the header's `typ`, in lower case; `undefined` in the list allows none at all. */
  readonly types: readonly (string | undefined)[];
  /** The weakest that a recipient is proven by. `resource_scopes` is told at start, in the trail and by `doctor` as weak. */
  readonly recipientProof: RecipientProof;
  /**
   * Whether the provider issues tokens that are bound to a key by its thumbprint (RFC 9449 §6), so that `readClaims` finds
   * out about them. One with a `cnf` for which it names no `proofKey` is refused, and so is every one that has a `cnf`
   * where this is false: what it would mean is not known. @defaultValue false
   */
  readonly takesBoundTokens?: boolean;
  /** Refuses by the header alone, before a key is looked for. */
  readonly checkHeader?: (header: TokenHeader) => AccessTokenFailure | undefined;
  /** Refuses a key that the provider publishes for another issuer (Entra's common keys name theirs). */
  readonly acceptsKey?: (jwk: JsonObject, issuer: Issuer) => boolean;
  readonly readClaims: (claims: JsonObject, context: TokenContext) => Result<TokenFacts, AccessTokenFailure>;
}

/** How the issuer's word on a token is had. */
export type TokenVerification =
  /** By its signature, with keys from `jwksUri`, or where the issuer's metadata says. Keys of another origin than the
   * issuer's are taken from a `jwksUri` that is configured, and not from one that is only discovered. */
  | { readonly method: 'signature'; readonly jwksUri?: string }
  /** By asking it (RFC 7662), for opaque tokens and JWTs alike. */
  | {
      readonly method: 'introspection';
      /** @defaultValue what the issuer's metadata says */
      readonly introspectionEndpoint?: string;
      readonly clientId: string;
      readonly clientSecret: string;
    };

/** An authorization server whose access tokens are good here, by its exact issuer identifier. Presets make these. */
export interface TrustedIssuer {
  readonly issuer: Issuer;
  readonly rules: TokenRules;
  readonly verification: TokenVerification;
}

/**
 * An authorization server whose tokens a verifier of the host's own judges. Tokens that name it in `iss` go there, or all
 * where it is the only one. What it finds good is held against everything else: see {@link AccessTokenVerifier}.
 */
export interface CustomIssuer {
  readonly issuer: Issuer;
  readonly verifier: AccessTokenVerifier;
  /** Whether opaque tokens are its own. One issuer of a resource at most may take them. @defaultValue false */
  readonly takesOpaqueTokens?: boolean;
}
