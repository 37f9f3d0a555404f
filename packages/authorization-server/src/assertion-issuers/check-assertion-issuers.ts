import { ConfigurationError } from '../configuration-error.js';
import type { AssertionIssuer } from '../options.js';
import { checkAssertionIssuer, type IssuerSurroundings } from './check-assertion-issuer.js';

/**
 * Checks whose assertions are accepted: each by itself ({@link checkAssertionIssuer}), and that no two are one.
 *
 * @throws {ConfigurationError} with everything that is wrong, one a line
 */
export function checkAssertionIssuers(
  issuers: readonly AssertionIssuer[],
  surroundings: IssuerSurroundings,
): readonly AssertionIssuer[] {
  const problems = issuers.flatMap((issuer, index) => {
    const found = [...checkAssertionIssuer(issuer, surroundings), ...findTwins(issuer, issuers.slice(0, index))];
    return found.map(({ path, message }) => `assertionIssuers: "${issuer.issuer}": ${formatPath(path)}: ${message}`);
  });
  if (problems.length > 0) throw new ConfigurationError(problems.join('\n'));
  return issuers;
}

function findTwins(issuer: AssertionIssuer, before: readonly AssertionIssuer[]) {
  const isNameTaken =
    issuer.kind === 'workload' && before.some((other) => other.kind === 'workload' && other.name === issuer.name);
  return [
    ...(before.some((other) => other.issuer === issuer.issuer)
      ? [{ path: ['issuer'], message: 'occurs more than once' }]
      : []),
    ...(isNameTaken ? [{ path: ['name'], message: `"${issuer.name}" is that of another issuer as well` }] : []),
  ];
}

/** `identities[0].name` */
function formatPath(path: readonly (string | number)[]): string {
  return path
    .map((part, index) => (typeof part === 'number' ? `[${part}]` : `${index === 0 ? '' : '.'}${part}`))
    .join('');
}
