import { createLogAuditSink } from '@portcullis/audit';
import { ConfigurationError, WrongMasterKeyError } from '@portcullis/authorization-server';
import { createPasswordHasher } from '@portcullis/authorization-server/node';
import { type AuditSink, createBoundedFetch, type Platform, type Storage } from '@portcullis/ports';
import { createUntrustedFetch, nodePlatform } from '@portcullis/ports/node';
import { DEFAULT_TENANT } from '@portcullis/protocol';
import { createMemoryRateLimiter } from '@portcullis/storage/rate-limiter';
import type { Logger } from 'pino';
import { type ComposedGateway, composeGateway } from '../compose.js';
import type { GatewayConfig } from '../config/gateway-config.js';
import type { ConfigFile } from '../config/read-config-file.js';
import { describeDatabase } from '../config/resolve-database.js';
import { createLogger, createLogWriter } from '../logging.js';
import { ProgramError, usageError } from '../program-error.js';
import { requireFreeAddress } from '../server/free-address.js';
import { createHost, type Host } from '../server/host.js';
import { loadTlsMaterial } from '../server/tls-material.js';
import { type SuggestCommand, suggestWith } from '../suggest-command.js';
import { showsColour, type Terminal } from '../terminal.js';
import { programVersion } from '../version.js';
import { formatBanner } from './banner.js';
import { tellCertificateDoubts } from './certificate-doubts.js';
import { checkClientScopes } from './check-client-scopes.js';
import { checkReferences } from './check-references.js';
import { checkUpstreams } from './check-upstreams.js';
import { type DataDirectory, openDataDirectory } from './data-directory.js';
import { ensureFirstUser, forgetFirstUserFile, readFirstUserFile } from './first-user.js';
import { allowsLoopbackFetch, LOOPBACK_FETCH_WARNING } from './loopback-fetch.js';
import { loadMasterKey, type MasterKey, type MasterKeySource, readMasterKey } from './master-key.js';
import { onClockOf, openStorage } from './open-storage.js';
import { tellOtherAlgorithm } from './other-algorithm.js';
import { tellOtherIssuer } from './other-issuer.js';
import { REGISTERED_UPSTREAM_WARNING, registeredUpstreams } from './registered-upstreams.js';
import { waitForShutdown } from './shutdown.js';
import { tellStorageFault } from './storage-fault.js';
import { type StorePlace, storeFlags } from './store-flags.js';
import { describeNoKeySigns, describeWrongMasterKey } from './wrong-master-key.js';

// What is under way may finish within the first; then upstreams end, and the second is the end of it all.
const DRAIN_MILLISECONDS = 8_000;
const LAST_MOMENT_MILLISECONDS = 10_000;

/**
 * Opens the gate and keeps it open until SIGTERM or SIGINT; then lets what is under way finish, for 10 s at most. A
 * second signal ends the process at once.
 *
 * @param place - what its command line said of where its state is: the commands it prints say the same
 * @param file - what the configuration was read from, for what turns out to be wrong in it once the store is open
 * @throws {ProgramError} when it cannot be opened, with what to do
 */
export async function runGateway(
  config: GatewayConfig,
  terminal: Terminal,
  place: StorePlace,
  file: ConfigFile | undefined,
): Promise<void> {
  const { environment } = terminal;
  const allowLoopback = allowsLoopbackFetch(environment, config.publicUrl);
  const tls = config.tls === undefined ? undefined : loadTlsMaterial(config.tls);
  await requireFreeAddress(config.host, config.port);
  const directory = openDataDirectory(config.dataDir, 'make');
  const colour = showsColour(process.stderr, environment);
  const logger = createLogger({ level: config.logLevel, pretty: process.stderr.isTTY === true, colour });
  for (const path of directory.tightened) logger.warn({ path }, 'Others could read this; it is now its owner’s alone');
  if (allowLoopback) logger.warn(LOOPBACK_FETCH_WARNING);
  if (tls !== undefined && config.tls !== undefined) {
    const now = nodePlatform.clock.nowEpochSeconds();
    const doubts = tellCertificateDoubts(tls.cert, config.tls.certFile, config.publicUrl, now);
    for (const doubt of doubts) logger.warn(doubt);
  }

  const suggest = suggestWith(storeFlags(place));
  const { storage, guarded, doubts } = await openStorage(
    { database: config.database, databaseFile: directory.databaseFile, suggest },
    'migrate',
  );
  if (guarded !== undefined) logger.info(guarded);
  for (const doubt of doubts) logger.warn(doubt);
  const platform = onClockOf(storage, nodePlatform);
  const closers: (() => Promise<unknown>)[] = [() => storage.close()];
  try {
    const registered = await storage.resourceServers.list(DEFAULT_TENANT);
    checkClientScopes(config, registered, file);
    const names = {
      resources: registered.map(({ resource }) => resource),
      grantTypesOf: async (id: string) => (await storage.clients.find(DEFAULT_TENANT, id))?.grantTypes,
    };
    for (const doubt of await checkReferences(config, names, file)) {
      logger.warn(`Requests that need it will be refused: ${doubt}`);
    }
    for (const { resource } of registeredUpstreams(config.upstreams, registered)) {
      logger.warn({ resource }, REGISTERED_UPSTREAM_WARNING);
    }
    const masterKey = await masterKeyOf(storage, { file: directory.masterKeyFile, environment }, suggest);
    const audit = createLogAuditSink(createLogWriter(logger));
    const passwordHasher = await createPasswordHasher(nodePlatform);
    const rateLimiter = createMemoryRateLimiter();
    const untrustedFetch = createUntrustedFetch({ allowLoopback });
    // Node's own, which takes the operator's certificates from NODE_EXTRA_CA_CERTS.
    const configuredFetch = createBoundedFetch((...request) => globalThis.fetch(...request));
    const fetches = { untrustedFetch, configuredFetch };
    const deps = { platform, storage, passwordHasher, rateLimiter, audit, ...fetches };
    const onFault = (error: unknown, correlationId: string): void =>
      logger.error({ err: error, correlationId }, 'A request met a fault of ours');
    const gateway = await compose({ origin: masterKey.origin, suggest }, config, {
      ...deps,
      masterKey: masterKey.bytes,
      onFault,
      onStorageFault: (error) => {
        const { where, why } = tellStorageFault(error, config.database, directory.databaseFile);
        logger.error({ database: where }, why);
      },
      onSigningFault: () => logger.error(describeNoKeySigns(masterKey.origin, suggest)),
      onSweepFault: (error) =>
        logger.error({ err: error }, 'Expired rows were not deleted; this is tried again in five minutes'),
      onUpstreamOutput: (upstream, line) => logger.info({ upstream, line }, 'An upstream wrote to its standard error'),
    });
    closers.unshift(() => gateway.close(0));
    const host = createHost({
      host: config.host,
      port: config.port,
      tls,
      publicUrl: config.publicUrl,
      strictTransportSecurity: config.strictTransportSecurity,
      trustedProxies: config.trustedProxies,
      maxConnections: config.maxConnections,
      maxConnectionsPerNetwork: config.maxConnectionsPerNetwork,
      floodPerMinute: config.rateLimits.floodPerMinute,
      routes: gateway.routes,
      ready: () => gateway.ready(),
      platform,
      rateLimiter,
      audit,
      onFault,
    });
    await host.listen();
    closers.unshift(() => host.close(0));
    const shutdown = waitForShutdown(process, () => process.exit(1));
    const userPorts = { users: storage.users, passwordHasher, platform };
    const before = await storage.noteIssuer(DEFAULT_TENANT, config.publicUrl, platform.clock.nowEpochSeconds());
    if (before !== undefined) logger.warn(tellOtherIssuer(before, config.publicUrl));
    await announce(config, directory, terminal, userPorts, storeFlags(place));
    recordGate(audit, platform, 'gateway.started');
    const keys = await gateway.signingKeys().catch(() => []);
    const otherAlgorithm = tellOtherAlgorithm(keys, config.signing, suggest);
    if (otherAlgorithm !== undefined) logger.info(otherAlgorithm);
    for (const { upstream, doubt } of await checkUpstreams(config.upstreams, environment['PATH'])) {
      logger.warn({ upstream }, `Calls will fail until this is mended: ${doubt}`);
    }
    await shutdown;
    logger.info('Closing: what is under way may finish; a second signal ends it at once');
    closers.length = 0;
    await closeGently(host, gateway, storage, logger);
    recordGate(audit, platform, 'gateway.stopped');
  } catch (error) {
    for (const close of closers) await close();
    throw error;
  }
}

/** The master key, which the first start makes. Where the store holds keys already, a fresh one could not open them. */
async function masterKeyOf(storage: Storage, source: MasterKeySource, suggest: SuggestCommand): Promise<MasterKey> {
  const isFirstStart = (await storage.signingKeys.list(DEFAULT_TENANT)).length === 0;
  return isFirstStart ? loadMasterKey(source, nodePlatform.random) : readMasterKey(source, suggest);
}

/** {@link composeGateway}, with a configuration that no room can work with told apart from faults. */
async function compose(
  { origin, suggest }: Pick<MasterKey, 'origin'> & { readonly suggest: SuggestCommand },
  ...parameters: Parameters<typeof composeGateway>
): Promise<ComposedGateway> {
  try {
    return await composeGateway(...parameters);
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    if (!(error instanceof WrongMasterKeyError)) throw usageError(error.message);
    throw new ProgramError(describeWrongMasterKey(origin, parameters[0].database !== undefined, suggest));
  }
}

async function announce(
  { upstreams, database, pushedAuthorizationRequests }: GatewayConfig,
  directory: DataDirectory,
  { stdout, environment }: Terminal,
  ports: Parameters<typeof ensureFirstUser>[0],
  flags: string,
): Promise<void> {
  const made = await ensureFirstUser(ports, stdout.isTTY ? undefined : directory.firstUserFile, flags);
  if (made !== undefined && 'password' in made) forgetFirstUserFile(directory.firstUserFile, made.username);
  const firstUser = made ?? readFirstUserFile(directory.firstUserFile);
  const banner = formatBanner({
    version: programVersion(),
    upstreams,
    pushedAuthorizationRequests,
    firstUser,
    database: database && describeDatabase(database),
    dataDirectory: directory.path,
    storeFlags: flags,
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

function recordGate(audit: AuditSink, { clock }: Platform, type: 'gateway.started' | 'gateway.stopped'): void {
  const occurredAtEpochSeconds = clock.nowEpochSeconds();
  audit.record({ type, outcome: 'allowed', tenantId: DEFAULT_TENANT, occurredAtEpochSeconds });
}
