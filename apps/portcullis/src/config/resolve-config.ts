import { dirname, resolve } from 'node:path';
import type { AssertionIssuer } from '@portcullis/authorization-server';
import type { Client } from '@portcullis/ports';
import { type Result, succeed } from '@portcullis/protocol';
import { usageError } from '../program-error.js';
import { type ConfigProblem, configError, formatPath } from './config-problem.js';
import type { GatewayConfig, UpstreamConfig } from './gateway-config.js';
import { defaultPublicUrl, parsePublicUrl } from './public-url.js';
import type { ConfigFile } from './read-config-file.js';
import { resolveAssertionIssuer } from './resolve-assertion-issuer.js';
import { resolveClient } from './resolve-client.js';
import { resolveDatabase } from './resolve-database.js';
import { resolveUpstream } from './resolve-upstream.js';
import type { SalvagedConfig } from './salvage-config.js';
import { type ConfigInput, configSchema, DEFAULT_DATA_DIRECTORY } from './schema/config-schema.js';
import type { UpstreamInput } from './schema/upstream-schema.js';
import type { SecretSource } from './secret-source.js';

/** What holds without a file. */
export const DEFAULTS: ConfigInput = configSchema.parse({});

const ANY_PUBLIC_URL = 'http://127.0.0.1';

/** What the command line says; it wins over the file. */
export interface ConfigFlags {
  readonly publicUrl?: string;
  readonly host?: string;
  readonly port?: number;
  readonly dataDir?: string;
  readonly tls?: { readonly cert: string; readonly key: string };
  /** The one upstream of a gate without a configuration file. */
  readonly upstream?: UpstreamInput;
}

/** What surrounds the program. */
export interface ConfigEnvironment {
  readonly workingDirectory: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/**
 * File, flags and defaults as one configuration. Paths in the file are relative to the file, paths in flags to the
 * working directory. @throws {ProgramError} with everything that is wrong (exit code 2).
 */
export function resolveConfig(
  file: ConfigFile | undefined,
  flags: ConfigFlags,
  { workingDirectory, environment }: ConfigEnvironment,
): GatewayConfig {
  const input: ConfigInput = file?.input ?? DEFAULTS;
  const baseDirectory = file === undefined ? workingDirectory : dirname(resolve(workingDirectory, file.file));
  const problems: ConfigProblem[] = [];
  const collect = (problem: ConfigProblem): void => void problems.push(problem);

  const host = flags.host ?? input.host;
  const port = flags.port ?? input.port;
  const tls = resolveTls(flags, input, baseDirectory, workingDirectory);
  const publicUrl = orThrow(resolvePublicUrl(flags, input, { host, port, tls: tls !== undefined }));
  if (tls !== undefined && publicUrl.startsWith('http:')) {
    throw usageError(
      `the gate ends TLS, so clients reach it by https: make the public URL ${publicUrl.replace('http:', 'https:')}`,
    );
  }
  const source = { baseDirectory, environment };
  const upstreams = resolveUpstreams(chooseUpstreams(file, flags), publicUrl, source, collect);
  const clients = resolveClients(input, source, collect);
  const assertionIssuers = resolveAssertionIssuers(input, publicUrl, source, collect);
  const database = resolveDatabase(input.database, source, workingDirectory, collect);
  throwProblems(file, problems);
  return {
    publicUrl,
    host,
    port,
    tls,
    upstreams,
    clients,
    dataDir: resolveDataDir(file, flags.dataDir, workingDirectory),
    database,
    strictTransportSecurity: input.strictTransportSecurity,
    trustedProxies: input.trustedProxies,
    maxConnections: input.maxConnections,
    maxConnectionsPerNetwork: input.maxConnectionsPerNetwork,
    allowedOrigins: input.allowedOrigins,
    dynamicRegistration: input.dynamicRegistration,
    registrationManagement: input.registrationManagement,
    pushedAuthorizationRequests: input.pushedAuthorizationRequests,
    dpop: input.dpop,
    assertionIssuers,
    clientIdMetadataDocuments: input.clientIdMetadataDocuments,
    rememberConsent: input.rememberConsent,
    signing: input.signing,
    allowedRedirectSchemes: input.allowedRedirectSchemes,
    lifetimes: { ...input.lifetimes, refreshGraceSeconds: input.refreshGraceSeconds },
    callTimeoutSeconds: input.callTimeoutSeconds,
    rateLimits: input.rateLimits,
    revocation: input.revocation,
    logLevel: input.logLevel,
  };
}

function resolveUpstreams(
  upstreams: readonly UpstreamInput[],
  publicUrl: string,
  source: SecretSource,
  collect: (problem: ConfigProblem) => void,
): readonly UpstreamConfig[] {
  return upstreams.map((upstream, index) =>
    resolveUpstream(upstream, publicUrl, source, (problem) =>
      collect({ ...problem, path: ['upstreams', index, ...problem.path] }),
    ),
  );
}

function resolveClients(
  { clients, allowedRedirectSchemes }: ConfigInput,
  source: SecretSource,
  collect: (problem: ConfigProblem) => void,
): readonly Client[] {
  return clients.map((client, index) =>
    resolveClient(client, source, allowedRedirectSchemes, (problem) =>
      collect({ ...problem, path: ['clients', index, ...problem.path] }),
    ),
  );
}

function resolveAssertionIssuers(
  { assertionIssuers }: ConfigInput,
  publicUrl: string | undefined,
  source: SecretSource,
  collect: (problem: ConfigProblem) => void,
): readonly AssertionIssuer[] {
  return assertionIssuers.map((issuer, index) =>
    resolveAssertionIssuer(issuer, source, publicUrl, (problem) =>
      collect({ ...problem, path: ['assertionIssuers', index, ...problem.path] }),
    ),
  );
}

/** What is wrong with the references and clients of a configuration that is refused anyway. Where everything of it lies is
 * left out: that may be among what is wrong. */
export function findFurtherProblems(
  { input, lacks }: SalvagedConfig,
  file: string,
  { workingDirectory, environment }: ConfigEnvironment,
): readonly ConfigProblem[] {
  const source = { baseDirectory: dirname(resolve(workingDirectory, file)), environment };
  const problems: ConfigProblem[] = [];
  const collect = (problem: ConfigProblem): void => void problems.push(problem);
  resolveUpstreams(input.upstreams, ANY_PUBLIC_URL, source, collect);
  resolveClients(input, source, collect);
  resolveAssertionIssuers(input, undefined, source, collect);
  // Which schemes are allowed is not known then.
  return lacks('allowedRedirectSchemes') ? problems.filter(({ path }) => path[2] !== 'redirectUris') : problems;
}

/** Where the data directory is: relative to the file that names it, else to the working directory. */
export function resolveDataDir(
  file: ConfigFile | undefined,
  flag: string | undefined,
  workingDirectory: string,
): string {
  const named = file?.input.dataDir;
  if (flag !== undefined || file === undefined || named === undefined) {
    return resolve(workingDirectory, flag ?? DEFAULT_DATA_DIRECTORY);
  }
  return resolve(workingDirectory, dirname(file.file), named);
}

/** Ends with everything that was found wrong, if anything was. */
export function throwProblems(file: ConfigFile | undefined, problems: readonly ConfigProblem[]): void {
  if (problems.length === 0) return;
  if (file !== undefined) throw configError(file.file, problems.map(file.locate));
  throw usageError(problems.map(({ path, message }) => `${formatPath(path)}: ${message}`).join('\n'));
}

function chooseUpstreams(file: ConfigFile | undefined, flags: ConfigFlags): readonly UpstreamInput[] {
  const fromFile = file?.input.upstreams ?? [];
  if (flags.upstream === undefined) {
    if (fromFile.length > 0) return fromFile;
    throw usageError(
      'nothing to stand in front of: give --upstream URL, or -- COMMAND ARGS, or list upstreams in a --config file',
    );
  }
  // Replacing the file's list would drop the rules written there without a word.
  if (file !== undefined && fromFile.length > 0) {
    throw usageError(`${file.file} lists upstreams and the command line names another: name them in one place`);
  }
  return [flags.upstream];
}

function resolveTls(
  flags: ConfigFlags,
  input: ConfigInput,
  baseDirectory: string,
  workingDirectory: string,
): GatewayConfig['tls'] {
  const [files, base] = flags.tls === undefined ? [input.tls, baseDirectory] : [flags.tls, workingDirectory];
  return files && { certFile: resolve(base, files.cert), keyFile: resolve(base, files.key) };
}

/** Where clients reach the gate: as the command line says, else the configuration, else the loopback address it listens on. */
export function resolvePublicUrl(
  flags: Pick<ConfigFlags, 'publicUrl'>,
  input: ConfigInput,
  bind: { host: string; port: number; tls: boolean },
): Result<string, string> {
  if (flags.publicUrl !== undefined) {
    const parsed = parsePublicUrl(flags.publicUrl);
    return parsed.ok ? succeed(parsed.value) : { ok: false, failure: `--public-url ${parsed.failure}` };
  }
  return input.publicUrl === undefined ? defaultPublicUrl(bind) : parsePublicUrl(input.publicUrl);
}

function orThrow(result: Result<string, string>): string {
  if (!result.ok) throw usageError(result.failure);
  return result.value;
}
