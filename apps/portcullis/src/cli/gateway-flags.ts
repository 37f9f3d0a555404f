import { IN_PLAIN_WORDS } from '../config/describe-issue.js';
import type { ConfigFlags } from '../config/resolve-config.js';
import { type UpstreamInput, upstreamSchema } from '../config/schema/upstream-schema.js';
import { usageError } from '../program-error.js';

/** The options of `portcullis gateway`, as parsed from the command line. */
export interface GatewayOptions {
  readonly upstream?: string;
  readonly name?: string;
  readonly config?: string;
  readonly publicUrl?: string;
  readonly host?: string;
  readonly port?: number;
  readonly dataDir?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
}

/** Options and the command after `--`, as flags that win over a configuration file. @throws {ProgramError} when they
 * contradict each other */
export function readGatewayFlags(options: GatewayOptions, command: readonly string[]): ConfigFlags {
  const { publicUrl, host, port, dataDir, tlsCert, tlsKey } = options;
  if ((tlsCert === undefined) !== (tlsKey === undefined)) throw usageError('--tls-cert and --tls-key go together');
  const upstream = readUpstream(options, command);
  return {
    ...(publicUrl === undefined ? {} : { publicUrl }),
    ...(host === undefined ? {} : { host }),
    ...(port === undefined ? {} : { port }),
    ...(dataDir === undefined ? {} : { dataDir }),
    ...(tlsCert === undefined || tlsKey === undefined ? {} : { tls: { cert: tlsCert, key: tlsKey } }),
    ...(upstream === undefined ? {} : { upstream }),
  };
}

function readUpstream({ upstream: url, name }: GatewayOptions, command: readonly string[]): UpstreamInput | undefined {
  const [program, ...args] = command;
  if (url !== undefined && program !== undefined) throw usageError('give either --upstream URL or -- COMMAND ARGS');
  if (program !== undefined && /^https?:\/\//i.test(program)) {
    throw usageError('an MCP server over HTTP is given with --upstream URL');
  }
  if (url === undefined && program === undefined) {
    if (name !== undefined)
      throw usageError('--name names the upstream of the command line; in a file it is written there');
    return undefined;
  }
  const named = name === undefined ? {} : { name };
  const parsed = upstreamSchema.safeParse(
    url === undefined ? { ...named, command: program, args } : { ...named, url },
    IN_PLAIN_WORDS,
  );
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path: [key], message }) => {
    const flag = key === 'name' ? '--name: ' : key === 'url' ? '--upstream: ' : '';
    return flag + message;
  });
  throw usageError(problems.join('\n'));
}
