import type { ResourceDefinition } from '@portcullis/ports';
import { JWT_BEARER_GRANT_TYPE, keyOfResource } from '@portcullis/protocol';
import { type ConfigProblem, describeProblem } from '../config/config-problem.js';
import type { GatewayConfig } from '../config/gateway-config.js';
import type { ConfigFile } from '../config/read-config-file.js';
import { throwProblems } from '../config/resolve-config.js';
import { policyOf, resourceOf } from '../upstream-resource.js';

/** What the store has that a configuration may name. */
export interface RegisteredNames {
  readonly resources: readonly ResourceDefinition[];
  /** The grants of a client of the store; undefined where there is none of this id. */
  grantTypesOf(clientId: string): Promise<readonly string[] | undefined>;
}

type Configured = Pick<GatewayConfig, 'assertionIssuers' | 'clients' | 'upstreams'>;

/**
 * Holds what clients and issuers of assertions name in a configuration against what there is. What the configuration
 * contradicts by itself stops the start. What may be registered by a command while the gate runs is only told: until then,
 * assertions and exchanges that name it are refused.
 *
 * @returns what is not there yet, each as a sentence with its place
 * @throws {ProgramError} naming each contradiction by its place (exit code 2)
 */
export async function checkReferences(
  config: Configured,
  registered: RegisteredNames,
  file: ConfigFile | undefined,
): Promise<readonly string[]> {
  const upstreams = config.upstreams.map((upstream) => resourceOf(upstream, policyOf(upstream)));
  const resources = new Map([...registered.resources, ...upstreams].map((one) => [keyOfResource(one.identifier), one]));
  throwProblems(file, [
    ...findUnvouchedGrants(config),
    ...findNamedWithoutGrant(config),
    ...findScopes(config, resources),
  ]);
  const doubts = [...findResources(config, resources), ...(await findClients(config, registered))];
  return doubts.map((doubt) => describeProblem(file?.locate(doubt) ?? doubt, file?.file));
}

/** Clients with the grant, and nobody whose word they could bring. */
function findUnvouchedGrants({ clients, assertionIssuers }: Configured): readonly ConfigProblem[] {
  const providers = assertionIssuers.filter((issuer) => issuer.kind === 'identity_provider');
  return clients.flatMap(({ clientId, grantTypes }, index): readonly ConfigProblem[] => {
    if (!grantTypes.includes(JWT_BEARER_GRANT_TYPE)) return [];
    if (providers.some(({ clients: named }) => named?.includes(clientId) ?? true)) return [];
    const message =
      providers.length === 0
        ? 'has jwt-bearer, and assertionIssuers has no identity_provider whose word it could bring (a workload needs no client)'
        : 'has jwt-bearer, and no identity_provider of assertionIssuers has this client among its clients';
    return [{ path: ['clients', index, 'grantTypes'], message }];
  });
}

/** Clients of the configuration that an identity provider may name, and that cannot present what it says. */
function findNamedWithoutGrant({ clients, assertionIssuers }: Configured): readonly ConfigProblem[] {
  return namedClients(assertionIssuers).flatMap(({ clientId, path }): readonly ConfigProblem[] => {
    const client = clients.find((one) => one.clientId === clientId);
    if (client === undefined || client.grantTypes.includes(JWT_BEARER_GRANT_TYPE)) return [];
    return [{ path, message: 'is a client without the grant jwt-bearer: add it to its grantTypes' }];
  });
}

function namedClients(
  issuers: Configured['assertionIssuers'],
): readonly { readonly clientId: string; readonly path: ConfigProblem['path'] }[] {
  return issuers.flatMap((issuer, at) =>
    issuer.kind === 'workload'
      ? []
      : (issuer.clients ?? []).map((clientId, index) => ({
          clientId,
          path: ['assertionIssuers', at, 'clients', index],
        })),
  );
}

/** Scopes of identities that none of their resources has, where all of these are there. */
function findScopes({ assertionIssuers }: Configured, resources: Resources): readonly ConfigProblem[] {
  return identitiesOf(assertionIssuers).flatMap(({ identity, path }) => {
    const own = identity.resources.map((name) => resources.get(keyOfResource(name)));
    if (own.includes(undefined)) return [];
    const names = own.flatMap((resource) => resource?.scopes.map(({ name }) => name) ?? []);
    return identity.scopes.flatMap((scope, index): readonly ConfigProblem[] => {
      if (names.includes(scope)) return [];
      const message = `none of its resources has this scope; they have ${[...new Set(names)].sort().join(' ')}`;
      return [{ path: [...path, 'scopes', index], message }];
    });
  });
}

type Resources = ReadonlyMap<string, ResourceDefinition>;

function identitiesOf(issuers: Configured['assertionIssuers']) {
  return issuers.flatMap((issuer, at) =>
    issuer.kind === 'workload'
      ? issuer.identities.map((identity, index) => ({ identity, path: ['assertionIssuers', at, 'identities', index] }))
      : [],
  );
}

function findResources({ clients, assertionIssuers }: Configured, resources: Resources): readonly ConfigProblem[] {
  const lists = [
    ...identitiesOf(assertionIssuers).map(({ identity, path }) => ({
      names: identity.resources,
      path: [...path, 'resources'],
    })),
    ...clients.flatMap(({ tokenExchange }, index) =>
      (['subjectResources', 'targetResources'] as const).map((list) => ({
        names: tokenExchange?.[list] ?? [],
        path: ['clients', index, 'tokenExchange', list],
      })),
    ),
  ];
  return lists.flatMap(({ names, path }) =>
    names.flatMap((name, index): readonly ConfigProblem[] =>
      resources.has(keyOfResource(name))
        ? []
        : [{ path: [...path, index], message: 'is no upstream, and no resource server that is registered so far' }],
    ),
  );
}

async function findClients(
  { clients, assertionIssuers }: Configured,
  { grantTypesOf }: RegisteredNames,
): Promise<readonly ConfigProblem[]> {
  const others = namedClients(assertionIssuers).filter(
    ({ clientId }) => !clients.some((client) => client.clientId === clientId),
  );
  const found = await Promise.all(
    others.map(async ({ clientId, path }): Promise<readonly ConfigProblem[]> => {
      const grantTypes = await grantTypesOf(clientId);
      if (grantTypes?.includes(JWT_BEARER_GRANT_TYPE) === true) return [];
      const message =
        grantTypes === undefined
          ? 'is no client of the configuration, and none that is registered so far'
          : 'is a registered client without the grant jwt-bearer';
      return [{ path, message }];
    }),
  );
  return found.flat();
}
