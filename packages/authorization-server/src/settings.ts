import { type Client, markLifetimeSeconds, type ResourceDefinition } from '@portcullis/ports';
import { type Issuer, isListableScheme, parseIssuer, type TenantId } from '@portcullis/protocol';
import { checkAssertionIssuers } from './assertion-issuers/check-assertion-issuers.js';
import { checkRateLimits } from './check-rate-limits.js';
import { checkClient } from './clients/check-client.js';
import { findWrongMember } from './clients/client-members.js';
import { isHostPattern } from './clients/metadata-documents/trusted-hosts.js';
import { ConfigurationError } from './configuration-error.js';
import { DEFAULT_SIGNING, resolveSigning } from './keys/signing-settings.js';
import { findLifetimesBeyond, LONGEST_LIFETIMES } from './lifetime-rules.js';
import { checkOptionKinds, nameKind } from './option-kinds.js';
import type {
  AssertionIssuer,
  AuthorizationServerOptions,
  AuthorizationServerPorts,
  DpopOptions,
  Lifetimes,
  MetadataDocumentOptions,
  RateLimits,
  SigningOptions,
} from './options.js';
import { checkResources } from './resources/check-resources.js';

const DAY_SECONDS = 86_400;

const DEFAULT_LIFETIMES: Lifetimes = {
  codeSeconds: 60,
  accessTokenSeconds: 600,
  refreshIdleSeconds: 30 * DAY_SECONDS,
  refreshAbsoluteSeconds: 180 * DAY_SECONDS,
  refreshGraceSeconds: 60,
  sessionIdleSeconds: 1800,
  sessionAbsoluteSeconds: 43_200,
  transactionSeconds: 600,
  deviceCodeSeconds: 600,
  devicePollSeconds: 5,
  pushedRequestSeconds: 60,
  clockToleranceSeconds: 30,
};

const DEFAULT_RATE_LIMITS: RateLimits = {
  signInPerAccount: { name: 'sign_in_per_account', points: 10, windowSeconds: 60 },
  signInPerNetwork: { name: 'sign_in_per_network', points: 60, windowSeconds: 60 },
  tokenPerCredential: { name: 'token_per_credential', points: 60, windowSeconds: 60 },
  clientAuthenticationFailures: { name: 'client_authentication_failures', points: 20, windowSeconds: 60 },
  introspectionPerResourceServer: { name: 'introspection_per_resource_server', points: 6000, windowSeconds: 60 },
  registrationPerNetwork: { name: 'registration_per_network', points: 20, windowSeconds: 60 },
  registrationManagement: { name: 'registration_management', points: 20, windowSeconds: 60 },
  authorizationRequestsPerClient: { name: 'authorization_requests_per_client', points: 600, windowSeconds: 60 },
  userCodeFailures: { name: 'user_code_failures', points: 10, windowSeconds: 600 },
  userCodeFailuresPerNetwork: { name: 'user_code_failures_per_network', points: 100, windowSeconds: 600 },
  clientKeysPerNetwork: { name: 'client_keys_per_network', points: 30, windowSeconds: 60 },
  metadataDocumentPerNetwork: { name: 'metadata_document_per_network', points: 30, windowSeconds: 60 },
};

const DEFAULT_METADATA_DOCUMENTS: MetadataDocumentOptions = { allowedHosts: [], deniedHosts: [], otherHosts: 'allow' };

/** Every option there is; the compiler holds it against the type. */
const OPTION_NAMES: Readonly<Record<keyof AuthorizationServerOptions, true>> = {
  tenantId: true,
  issuer: true,
  resources: true,
  configuredClients: true,
  dynamicRegistration: true,
  registrationManagement: true,
  pushedAuthorizationRequests: true,
  dpop: true,
  assertionIssuers: true,
  clientIdMetadataDocuments: true,
  rememberConsent: true,
  signing: true,
  allowedRedirectSchemes: true,
  lifetimes: true,
  rateLimits: true,
};

/** Groups of options, with what is in each. */
const GROUPS: Readonly<Record<string, object>> = {
  lifetimes: DEFAULT_LIFETIMES,
  rateLimits: DEFAULT_RATE_LIMITS,
  signing: DEFAULT_SIGNING,
  dpop: { requireNonce: true, nonceSecret: true },
};

/** The options, checked and complete. */
export interface Settings {
  readonly tenantId: TenantId;
  readonly issuer: Issuer;
  readonly issuerUrl: URL;
  readonly resources: readonly ResourceDefinition[];
  readonly configuredClients: ReadonlyMap<string, Client>;
  readonly dynamicRegistration: boolean;
  readonly registrationManagement: boolean;
  readonly pushedAuthorizationRequests: 'accepted' | 'required';
  readonly dpop: DpopOptions;
  readonly assertionIssuers: readonly AssertionIssuer[];
  /** Undefined where the feature is off. */
  readonly metadataDocuments: MetadataDocumentOptions | undefined;
  readonly rememberConsent: boolean;
  readonly signing: SigningOptions;
  readonly redirectSchemes: readonly string[];
  readonly lifetimes: Lifetimes;
  readonly rateLimits: RateLimits;
  /** How long a revocation mark must be kept. */
  readonly markLifetimeSeconds: number;
}

/** Checks the options and fills in the defaults. @throws {ConfigurationError} for what cannot work. */
export function resolveSettings(
  options: AuthorizationServerOptions,
  ports: Pick<AuthorizationServerPorts, 'untrustedFetch' | 'configuredFetch' | 'platform'>,
): Settings {
  checkOptionKinds(options);
  checkNames(options);
  const lifetimes = { ...DEFAULT_LIFETIMES, ...options.lifetimes };
  checkLifetimes(lifetimes);
  const rateLimits = { ...DEFAULT_RATE_LIMITS, ...options.rateLimits };
  checkRateLimits(rateLimits);
  const redirectSchemes = options.allowedRedirectSchemes ?? [];
  for (const scheme of redirectSchemes) {
    demand(isListableScheme(scheme), `allowedRedirectSchemes: "${scheme}" is no private-use scheme in lower case`);
  }
  demand(options.tenantId !== undefined, 'tenantId: is missing');
  demand(isTenantName(options.tenantId), `tenantId: "${options.tenantId}" is no tenant name`);
  return {
    tenantId: options.tenantId,
    issuer: options.issuer,
    issuerUrl: checkIssuer(options.issuer),
    resources: checkResources(options.resources ?? []),
    configuredClients: checkClients(options.configuredClients ?? [], options.tenantId, redirectSchemes, ports),
    dynamicRegistration: options.dynamicRegistration ?? true,
    registrationManagement: options.registrationManagement ?? true,
    pushedAuthorizationRequests: options.pushedAuthorizationRequests ?? 'accepted',
    dpop: resolveDpop(options.dpop),
    assertionIssuers: checkAssertionIssuers(options.assertionIssuers ?? [], {
      own: options.issuer,
      hasConfiguredFetch: ports.configuredFetch !== undefined,
    }),
    metadataDocuments: resolveMetadataDocuments(options, ports),
    rememberConsent: options.rememberConsent ?? false,
    signing: resolveSigning(options.signing),
    redirectSchemes,
    lifetimes,
    rateLimits,
    markLifetimeSeconds: markLifetimeSeconds(lifetimes.accessTokenSeconds, lifetimes.clockToleranceSeconds),
  };
}

/** A name that is no option is a slip of the pen, and would leave the default in force without a word. */
function checkNames(options: AuthorizationServerOptions): void {
  const { lifetimes, rateLimits, signing, dpop, clientIdMetadataDocuments: documents } = options;
  refuseUnknownNames('', options, OPTION_NAMES);
  for (const [group, given] of Object.entries({ lifetimes, rateLimits, signing, dpop })) {
    refuseUnknownNames(`${group}.`, given, GROUPS[group] ?? {});
  }
  if (documents !== false) refuseUnknownNames('clientIdMetadataDocuments.', documents, DEFAULT_METADATA_DOCUMENTS);
}

function refuseUnknownNames(prefix: string, given: object | undefined, known: object): void {
  for (const name of Object.keys(given ?? {})) {
    demand(Object.hasOwn(known, name), `${prefix}${name}: there is no such option${elsewhere(prefix, name)}`);
  }
}

/** Where a name belongs that stands among the options themselves; the gate has some of them there. */
function elsewhere(prefix: string, name: string): string {
  const found = prefix === '' ? findOption(name) : prefix === 'rateLimits.' ? findRateLimit(name) : undefined;
  return found === undefined ? '' : ` here; it is ${found}`;
}

function findOption(name: string): string | undefined {
  if (name === 'clients') return 'configuredClients';
  const group = Object.keys(GROUPS).find((one) => Object.hasOwn(GROUPS[one] ?? {}, name));
  return group === undefined ? undefined : `${group}.${name}`;
}

/** The rule that a number of the gate's configuration is: `tokenPerMinute` is `tokenPerCredential`. */
function findRateLimit(name: string): string | undefined {
  const [, stem] = /^(.+)Per(?:Ten)?Minutes?$/.exec(name) ?? [];
  if (stem === undefined) return undefined;
  const found = Object.keys(DEFAULT_RATE_LIMITS).find((rule) => rule === stem || rule.startsWith(`${stem}Per`));
  return found === undefined ? undefined : `rateLimits.${found}`;
}

function isTenantName(tenantId: unknown): boolean {
  return typeof tenantId === 'string' && /^[a-z0-9][a-z0-9-]{0,62}$/.test(tenantId);
}

function resolveMetadataDocuments(
  { clientIdMetadataDocuments }: AuthorizationServerOptions,
  { untrustedFetch }: Pick<AuthorizationServerPorts, 'untrustedFetch'>,
): MetadataDocumentOptions | undefined {
  const wanted = clientIdMetadataDocuments ?? (untrustedFetch === undefined ? false : {});
  if (wanted === false) return undefined;
  demand(untrustedFetch !== undefined, 'clientIdMetadataDocuments: they need an untrustedFetch');
  const resolved = { ...DEFAULT_METADATA_DOCUMENTS, ...wanted };
  for (const pattern of [...resolved.allowedHosts, ...resolved.deniedHosts]) {
    demand(isHostPattern(pattern), `clientIdMetadataDocuments: "${pattern}" is no host in lower case, nor *.host`);
  }
  return resolved;
}

function resolveDpop(options: Partial<DpopOptions> | undefined): DpopOptions {
  const { requireNonce = false, nonceSecret } = options ?? {};
  demand(nonceSecret === undefined || nonceSecret.length >= 32, 'dpop.nonceSecret: needs 32 bytes or more');
  demand(!requireNonce || nonceSecret !== undefined, 'dpop.requireNonce: needs a dpop.nonceSecret');
  return { requireNonce, nonceSecret };
}

function checkIssuer(issuer: Issuer): URL {
  demand(issuer !== undefined, 'issuer: is missing');
  demand(typeof issuer === 'string', 'issuer: must be a text');
  const parsed = parseIssuer(issuer);
  if (parsed.ok) return parsed.value;
  const explanations = {
    malformed: 'is no URL',
    plain_http: 'must be https, or http with the host localhost, 127.0.0.1 or [::1]',
    not_canonical: 'must be an origin and a plain path, in lower case, without query, fragment or trailing slash',
  };
  throw new ConfigurationError(`issuer: "${issuer}" ${explanations[parsed.failure]}`);
}

function checkClients(
  clients: readonly Client[],
  tenantId: TenantId,
  redirectSchemes: readonly string[],
  { platform, untrustedFetch }: Pick<AuthorizationServerPorts, 'platform' | 'untrustedFetch'>,
): ReadonlyMap<string, Client> {
  const byId = new Map<string, Client>();
  for (const [index, client] of clients.entries()) {
    demand(typeof client === 'object' && client !== null, `configuredClients[${index}]: must be a client`);
    const about = `configuredClients: "${client.clientId}"`;
    demand(!byId.has(client.clientId), `${about} occurs more than once`);
    demand(client.tenantId !== undefined, `${about} has no tenantId; this server is of the tenant "${tenantId}"`);
    demand(client.tenantId === tenantId, `${about} belongs to another tenant, "${client.tenantId}"`);
    const wrong = findWrongMember(client);
    demand(wrong === undefined, `${about}: ${wrong}`);
    for (const { member, index, message } of checkClient(client, redirectSchemes)) {
      throw new ConfigurationError(`${about}: ${member}${index === undefined ? '' : `[${index}]`}: ${message}`);
    }
    demand(
      client.jwksUri === undefined || untrustedFetch !== undefined,
      `${about} has a jwksUri, which needs an untrustedFetch`,
    );
    // What a variable of the environment is that nobody set, by way of `?? ''`: everybody would know the secret.
    demand(
      client.clientSecretHash === undefined || client.clientSecretHash !== platform.hash(''),
      `${about}: clientSecretHash: is that of an empty secret`,
    );
    byId.set(client.clientId, client);
  }
  return byId;
}

function checkLifetimes(lifetimes: Lifetimes): void {
  for (const [name, seconds] of Object.entries(lifetimes)) {
    const least = name === 'refreshGraceSeconds' || name === 'clockToleranceSeconds' ? 0 : 1;
    demand(
      Number.isInteger(seconds) && seconds >= least,
      `lifetimes.${name}: must be a whole number of seconds, ${least} or more, and is ${nameKind(seconds)}`,
    );
  }
  for (const [name, most] of Object.entries(LONGEST_LIFETIMES)) {
    const seconds = lifetimes[name as keyof Lifetimes];
    const why = REASONS_FOR_LONGEST[name as keyof Lifetimes] ?? '';
    demand(seconds <= most, `lifetimes.${name}: must be ${most} at most, and is ${seconds}${why}`);
  }
  for (const { name, whole, message } of findLifetimesBeyond(lifetimes)) {
    throw new ConfigurationError(`lifetimes.${name}: ${message}: ${lifetimes[name]}, and that is ${lifetimes[whole]}`);
  }
}

const REASONS_FOR_LONGEST: Partial<Record<keyof Lifetimes, string>> = {
  accessTokenSeconds:
    ': whatever ends access on this store keeps its marks for no longer tokens. A client that works for longer takes a refresh token',
  clockToleranceSeconds: ': whatever ends access on this store keeps its marks for clocks that are no further apart',
};

function demand(holds: boolean, message: string): void {
  if (!holds) throw new ConfigurationError(message);
}
