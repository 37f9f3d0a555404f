import type { ResourceServer } from '@portcullis/ports';
import type { ConfigProblem } from '../config/config-problem.js';
import type { GatewayConfig } from '../config/gateway-config.js';
import type { ConfigFile } from '../config/read-config-file.js';
import { throwProblems } from '../config/resolve-config.js';
import { terminalText } from '../terminal-text.js';
import { policyOf } from '../upstream-resource.js';

/**
 * Holds the scopes of configured clients against those that there are: of the upstreams, and of the resource servers in the
 * store, wherefore it is asked once that is open. A client whose scopes nothing has would always be answered
 * `invalid_scope`.
 *
 * @throws {ProgramError} naming each by its place in the configuration, and the scopes that there are (exit code 2)
 */
export function checkClientScopes(
  { clients, upstreams }: Pick<GatewayConfig, 'clients' | 'upstreams'>,
  registered: readonly Pick<ResourceServer, 'resource'>[],
  file: ConfigFile | undefined,
): void {
  const defined = [...upstreams.map(policyOf), ...registered.map(({ resource }) => resource)];
  const known = new Set(defined.flatMap(({ scopes }) => scopes.map(({ name }) => name)));
  const names = terminalText([...known].sort().join(' '), 500);
  const problems = clients.flatMap(({ scopes = [] }, client) =>
    scopes.flatMap((name, index): readonly ConfigProblem[] => {
      if (known.has(name)) return [];
      const message = `no upstream and no registered resource server has this scope; there are ${names}`;
      return [{ path: ['clients', client, 'scopes', index], message }];
    }),
  );
  throwProblems(file, problems);
}
