import type {
  AuditSink,
  AuthorizationPages,
  BoundedFetch,
  Client,
  Clock,
  KeyService,
  PasswordHasher,
  Platform,
  RateLimiter,
  RateLimitRule,
  ResourceDefinition,
  SignInService,
  SigningAlgorithm,
  Storage,
  UntrustedFetch,
} from '@portcullis/ports';
import type { ClientAssertionAlgorithm, Issuer, TenantId } from '@portcullis/protocol';

/** What the authorization server needs from outside. */
export interface AuthorizationServerPorts {
  readonly platform: Platform;
  /**
   * What time it is, in whatever this server stores, issues and judges. A host that gives one vouches that all servers on its
   * store agree on it. @defaultValue `storage.clock`, and `platform.clock` where the storage has none
   */
  readonly clock?: Clock;
  readonly storage: Omit<Storage, 'sweep' | 'ping' | 'close'>;
  /** How people sign in. @defaultValue by username and password, which needs a `passwordHasher` */
  readonly signIn?: SignInService;
  /** For the sign-in by password; not needed where `signIn` is given. */
  readonly passwordHasher?: PasswordHasher;
  readonly rateLimiter: RateLimiter;
  readonly audit: AuditSink;
  readonly pages: AuthorizationPages;
  /** Makes the keys that sign access tokens, and signs with them. */
  readonly keyService: KeyService;
  /** Reaches addresses that clients name: their metadata documents and keys. Without it both features are off. */
  readonly untrustedFetch?: UntrustedFetch;
  /** Reaches addresses that the operator configured: the keys of assertion issuers. Needed where one has no `jwks`. */
  readonly configuredFetch?: BoundedFetch;
  /**
   * Takes what should not have been thrown while a request was answered, by a port or a sign-in of the host's own: whoever asked
   * gets a 500 without it, and the trail its kind alone. Its message may quote what was being read. Not called for what is away
   * for a moment, which the trail tells (`storage_unavailable`). Not waited for; what it throws itself, at once or later, is
   * dropped. @defaultValue nobody
   */
  readonly onFault?: (error: unknown, correlationId: string) => void | Promise<void>;
}

/** How long things live, in seconds: at most as long as at the gate, and what is a part of another no longer than that. */
export interface Lifetimes {
  /** @defaultValue 60 */
  readonly codeSeconds: number;
  /** At most 3600, as at the gate: whatever ends access keeps its revocation marks for tokens of an hour. @defaultValue 600 */
  readonly accessTokenSeconds: number;
  /** A refresh token that is not used for so long is dead. @defaultValue 30 days */
  readonly refreshIdleSeconds: number;
  /** No refresh token of a grant outlives this, however often it was rotated. @defaultValue 180 days */
  readonly refreshAbsoluteSeconds: number;
  /** How long a rotated refresh token is still answered with its successor, at most 600; 0 switches that off. @defaultValue 60 */
  readonly refreshGraceSeconds: number;
  /** @defaultValue 1800 */
  readonly sessionIdleSeconds: number;
  /** @defaultValue 43200 */
  readonly sessionAbsoluteSeconds: number;
  /** From the authorization request to the decision. @defaultValue 600 */
  readonly transactionSeconds: number;
  /** Of a device code and its user code. @defaultValue 600 */
  readonly deviceCodeSeconds: number;
  /** How long a device waits between two polls, at least. @defaultValue 5 */
  readonly devicePollSeconds: number;
  /** From a pushed request to the browser that begins with it. @defaultValue 60 */
  readonly pushedRequestSeconds: number;
  /** Clock skew of resource servers, which revocation marks outlive access tokens by, and of clients that sign
   * assertions. At most 60. @defaultValue 30 */
  readonly clockToleranceSeconds: number;
}

/** How the signing keys come and go. */
export interface SigningOptions {
  /** Of keys that are made from now on; what older ones signed stays valid. @defaultValue ES256 */
  readonly algorithm: SigningAlgorithm;
  /** Age at which a key gets its successor, in seconds, above `publishAheadSeconds`; 0 leaves it to the operator.
   * @defaultValue 90 days */
  readonly rotateAfterSeconds: number;
  /** How long a key is published before it signs: longer than any resource server keeps the JWK Set, in seconds, and at
   * least {@link LEAST_PUBLISH_AHEAD_SECONDS}; at most a day, beyond which it would look like a wrong clock.
   * @defaultValue 900 */
  readonly publishAheadSeconds: number;
}

/** Which Client ID Metadata Documents are accepted (draft-ietf-oauth-client-id-metadata-document). */
export interface MetadataDocumentOptions {
  /** Hosts whose documents are: `app.example.com` exactly, or `*.example.com` for every name below it. @defaultValue none */
  readonly allowedHosts: readonly string[];
  /** Hosts whose documents are not, in the same form; goes before everything else. @defaultValue none */
  readonly deniedHosts: readonly string[];
  /** What becomes of a host on neither list: accepted, put before the operator, or refused. @defaultValue allow */
  readonly otherHosts: 'allow' | 'ask' | 'deny';
}

/** How DPoP proofs are judged (RFC 9449). */
export interface DpopOptions {
  /** Whether a proof has to carry a nonce of this server (§8): it then proves that it was made just now, whatever the clock of
   * the client. Needs a `nonceSecret`. @defaultValue false */
  readonly requireNonce: boolean;
  /** Of at least 32 bytes, the same for every process of the issuer. */
  readonly nonceSecret: Uint8Array<ArrayBuffer> | undefined;
}

/** Whom an operator lets vouch for people or programs. `kind` is one of two, and nothing is ever both. */
export type AssertionIssuer = IdentityProviderIssuer | WorkloadIssuer;

/** What every assertion issuer has. */
interface AssertionIssuerBase {
  /** `iss` of its assertions, character for character. */
  readonly issuer: string;
  /** Where its keys are. @defaultValue as its metadata says (RFC 8414, OpenID Connect Discovery) */
  readonly jwksUri?: string;
  /** Its keys, as a JWK Set in JSON, where they are at no address. */
  readonly jwks?: string;
  /** Algorithms of its signatures. @defaultValue ES256, RS256, PS256, EdDSA */
  readonly algorithms?: readonly ClientAssertionAlgorithm[];
}

/** An identity provider of an enterprise, which decides whom its users' clients may act for (ID-JAG). */
export interface IdentityProviderIssuer extends AssertionIssuerBase {
  readonly kind: 'identity_provider';
  /** Clients that it may name. @defaultValue every confidential client with the grant */
  readonly clients?: readonly string[];
  /** The one of its tenants that it may speak for here, where it has several: what `tenant` has to be. @defaultValue it has to
   * be absent */
  readonly tenant?: string;
  /** What it calls this server, where that has several tenants: what `aud_tenant` has to be. @defaultValue it has to be
   * absent */
  readonly audienceTenant?: string;
  /** Whether users who were never seen here are admitted by its word. Without it they have to sign in here first, by a
   * `SignInService` that names them by `subjectAtIssuer`. @defaultValue true */
  readonly admitsNewUsers?: boolean;
}

/** A platform that gives its workloads tokens: a build service, a cluster. */
export interface WorkloadIssuer extends AssertionIssuerBase {
  readonly kind: 'workload';
  /** What subjects of its workloads are told apart by: 1 to 63 characters of a-z, 0-9 and -, the first no -. */
  readonly name: string;
  /** What `aud` has to be. @defaultValue our issuer identifier */
  readonly audience?: string;
  readonly identities: readonly WorkloadIdentity[];
}

/** A service, and the claims that make a workload it. The first identity whose claims all hold is taken. */
export interface WorkloadIdentity {
  /** 1 to 63 characters of a-z, 0-9 and -, the first no -. The `sub` is `workload:ISSUER NAME:NAME`. */
  readonly name: string;
  /** By the name of the claim: the value it has to have, or a text that it has to begin with. At least one. */
  readonly claims: Readonly<Record<string, string | { readonly startsWith: string }>>;
  readonly resources: readonly string[];
  readonly scopes: readonly string[];
}

/** The limits that protect what a stranger can ask for. */
export interface RateLimits {
  /** Tries that are under way, and those that did not sign in. @defaultValue 10 per minute */
  readonly signInPerAccount: RateLimitRule;
  /** @defaultValue 60 per minute */
  readonly signInPerNetwork: RateLimitRule;
  /** Per presented code, refresh token or token to revoke, or client and network where there is none.
   * @defaultValue 60 per minute */
  readonly tokenPerCredential: RateLimitRule;
  /** Wrong secrets and assertions for one client from one network. @defaultValue 20 per minute */
  readonly clientAuthenticationFailures: RateLimitRule;
  /** Per presented id of a resource server and the network it came from: it may ask for every request that it gets.
   * @defaultValue 6000 per minute */
  readonly introspectionPerResourceServer: RateLimitRule;
  /** @defaultValue 20 per minute */
  readonly registrationPerNetwork: RateLimitRule;
  /** Requests about a registration with one token from one network, and of those there that come without a token.
   * @defaultValue 20 per minute */
  readonly registrationManagement: RateLimitRule;
  /** Pushed requests and device codes of one client that the operator made known and that proves who it is; of all others, from
   * one network. A service pushes for everybody who uses it. Counted apart, for their network: requests that browsers begin at
   * the authorization endpoint, where they are about to be stored. @defaultValue 600 per minute */
  readonly authorizationRequestsPerClient: RateLimitRule;
  /** Wrong user codes of one user who is signed in, or else of one browser. @defaultValue 10 in 10 minutes */
  readonly userCodeFailures: RateLimitRule;
  /** Wrong user codes of one network: of all there who are signed in, and as many of all who are not. It bounds what guessing can
   * come to (RFC 8628 §5.1), since a browser is easily another one. @defaultValue 100 in 10 minutes */
  readonly userCodeFailuresPerNetwork: RateLimitRule;
  /** Keys that have to be fetched for clients nobody vouched for. @defaultValue 30 per minute */
  readonly clientKeysPerNetwork: RateLimitRule;
  /** Client metadata documents that have to be fetched. @defaultValue 30 per minute */
  readonly metadataDocumentPerNetwork: RateLimitRule;
}

/** What the operator decides. */
export interface AuthorizationServerOptions {
  readonly tenantId: TenantId;
  /** Where all URLs come from; never the `Host` of a request. */
  readonly issuer: Issuer;
  /** The resources tokens are issued for, beside the registered ones. @defaultValue none */
  readonly resources?: readonly ResourceDefinition[];
  /** Clients the operator vouches for. @defaultValue none */
  readonly configuredClients?: readonly Client[];
  /** Whether clients may register themselves (RFC 7591). @defaultValue true */
  readonly dynamicRegistration?: boolean;
  /** Whether a client that registered itself may read, change and delete its registration (RFC 7592). @defaultValue true */
  readonly registrationManagement?: boolean;
  /** Whether clients may push their authorization requests (RFC 9126), or have to. @defaultValue accepted */
  readonly pushedAuthorizationRequests?: 'accepted' | 'required';
  readonly dpop?: Partial<DpopOptions>;
  /** Whose assertions are accepted (RFC 7523 §2.1). @defaultValue none */
  readonly assertionIssuers?: readonly AssertionIssuer[];
  /** Whether a client id may be the URL of the client's metadata document, and which; false turns it off. On, it needs
   * `untrustedFetch`. @defaultValue on for every host where there is an `untrustedFetch` */
  readonly clientIdMetadataDocuments?: Partial<MetadataDocumentOptions> | false;
  /** Whether a consent is remembered: a request for nothing new, with an https redirect, is then answered without a page.
   * @defaultValue false */
  readonly rememberConsent?: boolean;
  readonly signing?: Partial<SigningOptions>;
  /** Private-use schemes redirect URIs may have, in lower case. @defaultValue none */
  readonly allowedRedirectSchemes?: readonly string[];
  readonly lifetimes?: Partial<Lifetimes>;
  readonly rateLimits?: Partial<RateLimits>;
}
