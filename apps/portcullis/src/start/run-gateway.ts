import { resolve } from 'node:path';
import { createLogAuditSink } from '@portcullis/audit';
import { ConfigurationError } from '@portcullis/authorization-server';
import type { AuditSink, Storage } from '@portcullis/ports';
import { nodePlatform } from '@portcullis/ports/node';
import { DEFAULT_TENANT } from '@portcullis/protocol';
import { createMemoryRateLimiter } from '@portcullis/storage/rate-limiter';
import { openSqliteStorage } from '@portcullis/storage/sqlite';
import type { Logger } from 'pino';
import { type ComposedGateway, composeGateway } from '../compose.js';
import type { GatewayConfig } from '../config/gateway-config.js';
import { createLogger, createLogWriter } from '../logging.js';
import { createPasswordHasher } from '../password-hasher.js';
import { usageError } from '../program-error.js';
import { createHost, type Host } from '../server/host.js';
import { loadTlsMaterial } from '../server/tls-material.js';
import { showsColour, type Terminal } from '../terminal.js';
import { programVersion } from '../version.js';
import { formatBanner } from './banner.js';
import { checkUpstreams } from './check-upstreams.js';
import { type DataDirectory, openDataDirectory } from './data-directory.js';
import { ensureFirstUser, forgetFirstUserFile, readFirstUserFile } from './first-user.js';
import { loadMasterKey } from './master-key.js';
import { waitForShutdown } from './shutdown.js';

// What is under way may finish within the first; then upstreams end, and the second is the end of it all.
const DRAIN_MILLISECONDS = 8_000;
const LAST_MOMENT_MILLISECONDS = 10_000;

/**
 * Opens the gate and keeps it open until SIGTERM or SIGINT; then lets what is under way finish, for 10 s at most. A
 * second signal ends the process at once.
 *
 * @throws {ProgramError} when it cannot be opened, with what to do
 */
export async function runGateway(config: GatewayConfig, terminal: Terminal): Promise<void> {
  const { environment } = terminal;
  const tls = config.tls === undefined ? undefined : loadTlsMaterial(config.tls);
  const directory = openDataDirectory(config.dataDir, true);
  const masterKey = loadMasterKey({ file: directory.masterKeyFile, environment }, nodePlatform.random);
  const colour = showsColour(process.stderr, environment);
  const logger = createLogger({ level: config.logLevel, pretty: process.stderr.isTTY === true, colour });
  for (const path of directory.tightened) logger.warn({ path }, 'Others could read this; it is now its owner’s alone');

  const audit = createLogAuditSink(createLogWriter(logger));
  const storage = await openSqliteStorage({ file: directory.databaseFile });
  const passwordHasher = await createPasswordHasher(nodePlatform);
  const rateLimiter = createMemoryRateLimiter();
  const closers: (() => Promise<unknown>)[] = [() => storage.close()];
  try {
    const deps = { platform: nodePlatform, storage, passwordHasher, rateLimiter, audit, masterKey };
    const onFault = (error: unknown, correlationId: string): void =>
      logger.error({ err: error, correlationId }, 'A request met a fault of ours');
    const gateway = await compose(config, {
      ...deps,
      onFault,
      onUpstreamOutput: (upstream, line) => logger.info({ upstream, line }, 'An upstream wrote to its standard error'),
    });
    closers.unshift(() => gateway.close(0));
    const host = createHost({
      host: config.host,
      port: config.port,
      tls,
      publicUrl: config.publicUrl,
      trustedProxies: config.trustedProxies,
      floodPerMinute: config.rateLimits.floodPerMinute,
      routes: gateway.routes,
      ready: () => gateway.ready(),
      platform: nodePlatform,
      rateLimiter,
      audit,
      onFault,
    });
    await host.listen();
    closers.unshift(() => host.close(0));
    const shutdown = waitForShutdown(process, () => process.exit(1));
    await announce(config, directory, terminal, { users: storage.users, passwordHasher, platform: nodePlatform });
    recordGate(audit, 'gateway.started');
    for (const { upstream, doubt } of await checkUpstreams(config.upstreams, environment['PATH'])) {
      logger.warn({ upstream }, `Calls will fail until this is mended: ${doubt}`);
    }
    await shutdown;
    logger.info('Closing: what is under way may finish; a second signal ends it at once');
    closers.length = 0;
    await closeGently(host, gateway, storage, logger);
    recordGate(audit, 'gateway.stopped');
  } catch (error) {
    for (const close of closers) await close();
    throw error;
  }
}

/** {@link composeGateway}, with a configuration that no room can work with told apart from faults. */
async function compose(...parameters: Parameters<typeof composeGateway>): Promise<ComposedGateway> {
  try {
    return await composeGateway(...parameters);
  } catch (error) {
    throw error instanceof ConfigurationError ? usageError(error.message) : error;
  }
}

async function announce(
  { upstreams }: GatewayConfig,
  directory: DataDirectory,
  { stdout, environment }: Terminal,
  ports: Parameters<typeof ensureFirstUser>[0],
): Promise<void> {
  const made = await ensureFirstUser(ports, stdout.isTTY ? undefined : directory.firstUserFile);
  if (made !== undefined && 'password' in made) forgetFirstUserFile(directory.firstUserFile, made.username);
  const firstUser = made ?? readFirstUserFile(directory.firstUserFile);
  const banner = formatBanner({
    version: programVersion(),
    upstreams,
    firstUser,
    dataDirectory: directory.path,
    dataDirectoryIsDefault: directory.path === resolve('.portcullis'),
    processId: process.pid,
    colour: showsColour(stdout, environment),
  });
  stdout.write(banner);
}

async function closeGently(host: Host, gateway: ComposedGateway, storage: Storage, logger: Logger): Promise<void> {
  const lastMoment = setTimeout(() => {
    logger.warn('Not everything ended in time');
    process.exit(0);
  }, LAST_MOMENT_MILLISECONDS);
  await Promise.all([host.close(DRAIN_MILLISECONDS), gateway.close(DRAIN_MILLISECONDS)]);
  await storage.close();
  clearTimeout(lastMoment);
}

function recordGate(audit: AuditSink, type: 'gateway.started' | 'gateway.stopped'): void {
  const occurredAtEpochSeconds = nodePlatform.clock.nowEpochSeconds();
  audit.record({ type, outcome: 'allowed', tenantId: DEFAULT_TENANT, occurredAtEpochSeconds });
}
