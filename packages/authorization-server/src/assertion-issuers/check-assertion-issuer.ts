import {
  CLIENT_ASSERTION_ALGORITHMS,
  foldResourceIdentifier,
  isClientAssertionAlgorithm,
  parseEndpointUrl,
  parsePublicJwkSet,
  parseStrictJson,
} from '@portcullis/protocol';
import type { AssertionIssuer, IdentityProviderIssuer, WorkloadIdentity, WorkloadIssuer } from '../options.js';
import { checkScopeName } from '../resources/scope-rules.js';

const NAME = /^[a-z0-9][a-z0-9-]{0,62}$/;
const NAME_RULE = 'must be 1 to 63 characters of a-z, 0-9 and -, the first no -';

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

/** One thing that is wrong with an assertion issuer. */
export interface AssertionIssuerProblem {
  /** Where at the issuer: names of options, and indexes. */
  readonly path: readonly [string, ...(string | number)[]];
  /** What is wrong and what is allowed. */
  readonly message: string;
}

/** What an issuer is held against. */
export interface IssuerSurroundings {
  /** Our own issuer identifier; undefined where it is not known yet. */
  readonly own: string | undefined;
  /** Whether its keys can be fetched. */
  readonly hasConfiguredFetch: boolean;
}

/** Notes what does not hold. */
type Demand = (holds: boolean, path: AssertionIssuerProblem['path'], message: string) => void;

/**
 * What is wrong with one issuer by itself, all of it: what cannot work, or would let in more than it says. Does not know the other
 * issuers, nor which clients, resources and scopes there are: those may be registered later, and an assertion for one that is not
 * there is refused when it comes.
 */
export function checkAssertionIssuer(
  issuer: AssertionIssuer,
  surroundings: IssuerSurroundings,
): readonly AssertionIssuerProblem[] {
  const problems: AssertionIssuerProblem[] = [];
  const demand: Demand = (holds, path, message) => {
    if (!holds) problems.push({ path, message });
  };
  if (!isText(issuer.issuer)) return [{ path: ['issuer'], message: 'is missing' }];
  if (!Object.hasOwn(MEMBERS, issuer.kind)) {
    const message =
      'must be identity_provider (whose users clients act for) or workload (a platform that programs run on)';
    return [{ path: ['kind'], message }];
  }
  demand(issuer.issuer !== surroundings.own, ['issuer'], 'is this server itself, whose tokens are no assertions');
  refuseUnknown(issuer, MEMBERS[issuer.kind], [], demand);
  checkKeys(issuer, surroundings, demand);
  if (issuer.kind === 'workload') checkWorkloadIssuer(issuer, demand);
  else checkIdentityProvider(issuer, demand);
  return problems;
}

function refuseUnknown(given: object, known: object, at: readonly (string | number)[], demand: Demand): void {
  for (const name of Object.keys(given)) {
    const [first = name, ...rest] = [...at, name];
    demand(Object.hasOwn(known, name), [String(first), ...rest], 'there is no such option');
  }
}

function checkKeys(
  { issuer, jwks, jwksUri, algorithms }: AssertionIssuer,
  { hasConfiguredFetch }: IssuerSurroundings,
  demand: Demand,
): void {
  demand(jwks === undefined || jwksUri === undefined, ['jwks'], 'is there beside a jwksUri; keys are in one place');
  if (jwks !== undefined) demand(hasPublicKeys(jwks), ['jwks'], 'is no JWK Set of public keys that can verify');
  else {
    const parsed = parseEndpointUrl(issuer);
    const isIssuer = parsed.ok && parsed.value.search === '';
    demand(
      isIssuer,
      ['issuer'],
      'must be an https URL (http on loopback) without query, as the issuer spells it; or give its keys as jwks',
    );
    demand(hasConfiguredFetch, ['jwks'], 'is missing, and there is no configuredFetch to look for its keys with');
  }
  demand(jwksUri === undefined || parseEndpointUrl(jwksUri).ok, ['jwksUri'], 'must be an https URL');
  demand(
    algorithms === undefined || (algorithms.length > 0 && algorithms.every(isClientAssertionAlgorithm)),
    ['algorithms'],
    `must be some of ${CLIENT_ASSERTION_ALGORITHMS.join(', ')}`,
  );
}

function hasPublicKeys(jwks: string): boolean {
  const json = parseStrictJson(jwks);
  return json.ok && parsePublicJwkSet(json.value.value).ok;
}

function checkIdentityProvider(issuer: IdentityProviderIssuer, demand: Demand): void {
  const { clients, tenant, audienceTenant, admitsNewUsers = true } = issuer;
  demand(clients?.length !== 0, ['clients'], 'names none; leave it out for every confidential client with the grant');
  demand(tenant === undefined || isText(tenant), ['tenant'], 'must be a text');
  demand(audienceTenant === undefined || isText(audienceTenant), ['audienceTenant'], 'must be a text');
  demand(typeof admitsNewUsers === 'boolean', ['admitsNewUsers'], 'must be true or false');
}

function checkWorkloadIssuer({ name, audience, identities = [] }: WorkloadIssuer, demand: Demand): void {
  demand(isName(name), ['name'], NAME_RULE);
  demand(audience === undefined || isText(audience), ['audience'], 'must be a text');
  demand(identities.length > 0, ['identities'], 'is empty: no workload could have a token');
  const names = identities.map((identity) => identity.name);
  for (const [index, identity] of identities.entries()) {
    const at = ['identities', index] as const;
    demand(isName(identity.name), [...at, 'name'], NAME_RULE);
    demand(names.indexOf(identity.name) === index, [...at, 'name'], `"${identity.name}" occurs more than once`);
    refuseUnknown(identity, IDENTITY_MEMBERS, at, demand);
    checkIdentity(identity, (holds, path, message) => demand(holds, [...at, ...path], message));
  }
}

function checkIdentity({ claims = {}, resources = [], scopes = [] }: WorkloadIdentity, demand: Demand): void {
  demand(
    Object.keys(claims).some((name) => !CLAIMS_OF_EVERYBODY.includes(name)),
    ['claims'],
    'needs one that tells this workload from others of its issuer, such as sub',
  );
  for (const [name, wanted] of Object.entries(claims)) {
    const text = typeof wanted === 'string' ? wanted : wanted?.startsWith;
    demand(isText(text), ['claims', name], 'must be a text, or {startsWith: a text}, and not an empty one');
  }
  demand(resources.length > 0, ['resources'], 'is empty: there would be nothing to have a token for');
  for (const [index, resource] of resources.entries()) {
    demand(foldResourceIdentifier(resource) !== undefined, ['resources', index], `"${resource}" is no absolute URL`);
  }
  demand(scopes.length > 0, ['scopes'], 'is empty: there would be nothing to be allowed');
  for (const [index, scope] of scopes.entries()) {
    const wrong = checkScopeName(scope);
    demand(wrong === undefined, ['scopes', index], `"${scope}" is no scope: ${wrong}`);
  }
}

function isName(value: unknown): boolean {
  return isText(value) && NAME.test(value);
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}
