import {
  CLIENT_ASSERTION_ALGORITHMS,
  foldResourceIdentifier,
  isClientAssertionAlgorithm,
  isScopeToken,
  parseEndpointUrl,
  parsePublicJwkSet,
  parseStrictJson,
} from '@portcullis/protocol';
import { ConfigurationError } from '../configuration-error.js';
import type { AssertionIssuer, IdentityProviderIssuer, WorkloadIdentity, WorkloadIssuer } from '../options.js';

const NAME = /^[a-z0-9][a-z0-9-]{0,62}$/;

/** Claims that every token of an issuer has, whoever it is for: they tell no workload from another. */
const CLAIMS_OF_EVERYBODY = ['iss', 'aud', 'exp', 'iat', 'nbf', 'jti'];

/** Every member there is, by kind; the compiler holds it against the types. */
const COMMON = { kind: true, issuer: true, jwksUri: true, jwks: true, algorithms: true } as const;
const MEMBERS: {
  readonly identity_provider: Readonly<Record<keyof IdentityProviderIssuer, true>>;
  readonly workload: Readonly<Record<keyof WorkloadIssuer, true>>;
} = {
  identity_provider: { ...COMMON, clients: true, tenant: true, audienceTenant: true, admitsNewUsers: true },
  workload: { ...COMMON, name: true, audience: true, identities: true },
};
const IDENTITY_MEMBERS: Readonly<Record<keyof WorkloadIdentity, true>> = {
  name: true,
  claims: true,
  resources: true,
  scopes: true,
};

/**
 * Checks whose assertions are accepted. Does not know which clients, resources and scopes there are: those may be
 * registered later, and an assertion for one that is not there is refused when it comes.
 *
 * @param own - our issuer identifier
 * @throws {ConfigurationError} for what cannot work, or would let in more than it says
 */
export function checkAssertionIssuers(
  issuers: readonly AssertionIssuer[],
  own: string,
  hasConfiguredFetch: boolean,
): readonly AssertionIssuer[] {
  for (const issuer of issuers) {
    const about = `assertionIssuers: "${issuer.issuer}"`;
    const demand = createDemand(about);
    demand(isText(issuer.issuer), 'issuer', 'is missing');
    demand(issuer.issuer !== own, 'issuer', 'is this server itself, whose tokens are no assertions');
    demand(issuers.filter((other) => other.issuer === issuer.issuer).length === 1, 'issuer', 'occurs more than once');
    demand(
      Object.hasOwn(MEMBERS, issuer.kind),
      'kind',
      'must be identity_provider (whose users clients act for) or workload (a platform that programs run on)',
    );
    refuseUnknown(issuer, MEMBERS[issuer.kind], demand);
    checkKeys(issuer, hasConfiguredFetch, demand);
    if (issuer.kind === 'workload') checkWorkloadIssuer(issuer, issuers, about);
    else {
      const { clients, tenant, audienceTenant, admitsNewUsers = true } = issuer;
      demand(clients?.length !== 0, 'clients', 'names none; leave it out for every confidential client with the grant');
      demand(tenant === undefined || isText(tenant), 'tenant', 'must be a text');
      demand(audienceTenant === undefined || isText(audienceTenant), 'audienceTenant', 'must be a text');
      demand(typeof admitsNewUsers === 'boolean', 'admitsNewUsers', 'must be true or false');
    }
  }
  return issuers;
}

type Demand = (holds: boolean, member: string, message: string) => void;

function createDemand(about: string): Demand {
  return (holds, member, message) => {
    if (!holds) throw new ConfigurationError(`${about}: ${member}: ${message}`);
  };
}

function refuseUnknown(given: object, known: object, demand: Demand): void {
  for (const name of Object.keys(given)) demand(Object.hasOwn(known, name), name, 'there is no such option');
}

function checkKeys(
  { issuer, jwks, jwksUri, algorithms }: AssertionIssuer,
  hasConfiguredFetch: boolean,
  demand: Demand,
): void {
  demand(jwks === undefined || jwksUri === undefined, 'jwks', 'is there beside a jwksUri; keys are in one place');
  if (jwks !== undefined) demand(hasPublicKeys(jwks), 'jwks', 'is no JWK Set of public keys that can verify');
  else {
    const parsed = parseEndpointUrl(issuer);
    const isIssuer = parsed.ok && parsed.value.search === '';
    demand(
      isIssuer,
      'issuer',
      'must be an https URL (http on loopback) without query, as the issuer spells it; or give its keys as jwks',
    );
    demand(hasConfiguredFetch, 'jwks', 'is missing, and there is no configuredFetch to look for its keys with');
  }
  demand(jwksUri === undefined || parseEndpointUrl(jwksUri).ok, 'jwksUri', 'must be an https URL');
  demand(
    algorithms === undefined || (algorithms.length > 0 && algorithms.every(isClientAssertionAlgorithm)),
    'algorithms',
    `must be some of ${CLIENT_ASSERTION_ALGORITHMS.join(', ')}`,
  );
}

function hasPublicKeys(jwks: string): boolean {
  const json = parseStrictJson(jwks);
  return json.ok && parsePublicJwkSet(json.value.value).ok;
}

function checkWorkloadIssuer(issuer: WorkloadIssuer, issuers: readonly AssertionIssuer[], about: string): void {
  const demand = createDemand(about);
  const isNameTaken = issuers.some((other) => other !== issuer && 'name' in other && other.name === issuer.name);
  demand(
    isText(issuer.name) && NAME.test(issuer.name),
    'name',
    'must be 1 to 63 characters of a-z, 0-9 and -, the first no -',
  );
  demand(!isNameTaken, 'name', `"${issuer.name}" is that of another issuer as well`);
  demand(issuer.audience === undefined || isText(issuer.audience), 'audience', 'must be a text');
  const { identities = [] } = issuer;
  demand(identities.length > 0, 'identities', 'is empty: no workload could have a token');
  for (const identity of identities) {
    demand(
      isText(identity.name) && NAME.test(identity.name),
      'identities',
      'each needs a name of a-z, 0-9 and -, the first no -',
    );
    const isOnly = identities.filter(({ name }) => name === identity.name).length === 1;
    demand(isOnly, 'identities', `"${identity.name}" occurs more than once`);
    checkIdentity(identity, createDemand(`${about}: identities: "${identity.name}"`));
  }
}

function checkIdentity(identity: WorkloadIdentity, demand: Demand): void {
  refuseUnknown(identity, IDENTITY_MEMBERS, demand);
  const { claims = {}, resources = [], scopes = [] } = identity;
  demand(
    Object.keys(claims).some((name) => !CLAIMS_OF_EVERYBODY.includes(name)),
    'claims',
    'needs one that tells this workload from others of its issuer, such as sub',
  );
  for (const [name, wanted] of Object.entries(claims)) {
    const text = typeof wanted === 'string' ? wanted : wanted?.startsWith;
    demand(isText(text), 'claims', `"${name}" must be a text, or {startsWith: a text}, and not an empty one`);
  }
  demand(resources.length > 0, 'resources', 'is empty: there would be nothing to have a token for');
  for (const resource of resources) {
    demand(foldResourceIdentifier(resource) !== undefined, 'resources', `"${resource}" is no absolute URL`);
  }
  demand(scopes.length > 0, 'scopes', 'is empty: there would be nothing to be allowed');
  for (const scope of scopes) demand(isScopeToken(scope), 'scopes', `"${scope}" is no scope`);
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}
