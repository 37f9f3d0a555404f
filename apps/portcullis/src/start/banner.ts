import { buildClientSnippets } from '@portcullis/web';
import { demandsOfGate } from '../client-demands.js';
import type { GatewayConfig, UpstreamConfig } from '../config/gateway-config.js';
import { PROGRAM_NAME } from '../program-name.js';
import { terminalText } from '../terminal-text.js';
import type { FirstUser } from './first-user.js';

/** What the banner tells. */
export interface BannerFacts {
  readonly version: string;
  readonly upstreams: readonly UpstreamConfig[];
  readonly pushedAuthorizationRequests: GatewayConfig['pushedAuthorizationRequests'];
  /** Undefined when there were users already and no file tells a password. */
  readonly firstUser: FirstUser | undefined;
  /** In words, without credentials; undefined for the one in the data directory. */
  readonly database: string | undefined;
  readonly dataDirectory: string;
  /** What leads a command to this gate's store, see `storeFlags`. */
  readonly storeFlags: string;
  readonly processId: number;
  readonly colour: boolean;
}

const LABEL_WIDTH = 10;
const CLIENT_WIDTH = 15;

/** What a person needs once the gate is open, in a few lines: where to point a client, how to sign in, where the data
 * lives, how to stop. */
export function formatBanner(facts: BannerFacts): string {
  const style = (code: number, text: string): string => (facts.colour ? `\u001b[${code}m${text}\u001b[0m` : text);
  const bold = (text: string): string => style(1, text);
  const dim = (text: string): string => style(2, text);
  const row = (label: string, ...lines: readonly string[]): string[] =>
    lines.map((line, index) => `  ${dim((index === 0 ? label : '').padEnd(LABEL_WIDTH))}${line}`);

  const urls = facts.upstreams.map(
    ({ resource, displayName }) => `${bold(resource)}  ${dim(terminalText(displayName, 80))}`,
  );
  return [
    '',
    `  ${bold('Portcullis')} ${facts.version}: the gate is open`,
    '',
    ...row('MCP URL', ...urls),
    ...row('Sign in', signIn(facts, bold)),
    ...(facts.database === undefined ? [] : row('Database', terminalText(facts.database))),
    ...row('Data', terminalText(facts.dataDirectory)),
    ...row('Stop', `Ctrl+C, or kill ${facts.processId}`),
    '',
    ...(facts.upstreams.length > 1
      ? [dim(`  For ${terminalText(facts.upstreams[0]?.displayName ?? '', 80)}; the others alike:`)]
      : []),
    ...demands(facts).map((line) => `  ${line}`),
    ...clients(facts.upstreams[0]).map(([client, line]) => `  ${dim(client.padEnd(CLIENT_WIDTH))}${line}`),
    '',
    dim('  Open an MCP URL in a browser for more clients and what to do in each.'),
    '',
    '',
  ].join('\n');
}

function signIn(facts: BannerFacts, bold: (text: string) => string): string {
  const { firstUser: user, storeFlags: where } = facts;
  if (user === undefined) return `as a user you have: ${PROGRAM_NAME} users list${where}`;
  const changeIt = `change it with: ${PROGRAM_NAME} users reset-password ${user.username}${where}`;
  if ('password' in user) {
    return `user ${bold(user.username)}, password ${bold(user.password)} (shown this once); ${changeIt}`;
  }
  return `user ${bold(user.username)}, password in ${terminalText(user.passwordFile)}; ${changeIt}`;
}

/** What each server demands of clients; once where it is the same of all. */
function demands(facts: BannerFacts): string[] {
  const each = facts.upstreams.map((upstream) => ({ upstream, words: demandsOfGate(facts, upstream) }));
  const isSame = each.every(({ words }) => words === each[0]?.words);
  return (isSame ? each.slice(0, 1) : each).flatMap(({ upstream, words }) => {
    if (words === undefined) return [];
    return [isSame ? words : `${terminalText(upstream.displayName, 80)}: ${words}`];
  });
}

/** What can be pasted as one line: commands, and entries of configuration files. */
function clients(upstream: UpstreamConfig | undefined): (readonly [string, string])[] {
  if (upstream === undefined) return [];
  return buildClientSnippets(upstream.resource, upstream.name ?? 'portcullis').flatMap(({ client, language, code }) => {
    if (language === 'text') return [];
    const lines = language === 'json' ? [JSON.stringify(JSON.parse(code))] : code.split('\n');
    return lines.map((line, index) => [index === 0 ? client : '', line] as const);
  });
}
