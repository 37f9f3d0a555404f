import { mkdirSync } from 'node:fs';
import { createServer } from 'node:http';
import { createLogAuditSink } from '@portcullis/audit';
import {
  ConfigurationError,
  createAuthorizationServer,
  createSealedKeyService,
  normaliseUsername,
} from '@portcullis/authorization-server';
import { createPasswordHasher } from '@portcullis/authorization-server/node';
import { createSealer, randomSecret } from '@portcullis/ports';
import { nodePlatform } from '@portcullis/ports/node';
import { createMemoryRateLimiter } from '@portcullis/storage/rate-limiter';
import { openSqliteStorage } from '@portcullis/storage/sqlite';
import { createPages, STYLESHEET_PATH, stylesheet } from '@portcullis/web';
import { createExpressHost } from './express-host.mjs';
import { loadMasterKey } from './master-key.mjs';
import { createNodeHost } from './node-host.mjs';
import { describeListenError, endWith, readSettings, requireFreePort } from './settings.mjs';

const UPKEEP_MILLISECONDS = 3_600_000;
const ICON =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><path d="M2 15V6a6 6 0 0 1 12 0v9h-3V6a3 3 0 0 0-6 0v9z"/></svg>';
const tenantId = 'default';
const settings = readSettings(process.env, process.argv.slice(2));
const { port, directory, databaseFile, masterKeyFile, firstUser } = settings;
await requireFreePort(port);
const origin = `http://127.0.0.1:${port}`;

const platform = nodePlatform;
const { storage, masterKey } = await openState().catch((error) => endWith(error.message));
const passwordHasher = await createPasswordHasher(platform);

const server = await createAuthorizationServer(
  {
    platform,
    storage,
    passwordHasher,
    keyService: createSealedKeyService(createSealer(masterKey, 'signing keys', platform.random)),
    rateLimiter: createMemoryRateLimiter(),
    audit: createLogAuditSink({
      write: (level, fields, message) => console.error(JSON.stringify({ level, message, ...fields })),
    }),
    pages: createPages({ productName: 'Example', stylesheetPath: STYLESHEET_PATH }),
    onFault: (error, correlationId) => console.error(correlationId, error),
  },
  {
    tenantId,
    issuer: origin,
    resources: [
      {
        identifier: 'http://127.0.0.1:8810/mcp',
        displayName: 'Notes',
        scopes: [
          { name: 'notes:read', description: 'read your notes' },
          { name: 'notes:write', description: 'change your notes', implies: ['notes:read'] },
        ],
        defaultScopes: ['notes:read'],
      },
    ],
  },
).catch(endWithWhatIsConfigured);

if (firstUser !== undefined) await addUser(firstUser);

// The server sets no timers: the host decides when keys rotate and expired rows go.
const upkeep = setInterval(() => void tidy().catch(console.error), UPKEEP_MILLISECONDS);
await tidy();

const assets = new Map([
  [STYLESHEET_PATH, { contentType: 'text/css; charset=utf-8', body: stylesheet }],
  ['/favicon.ico', { contentType: 'image/svg+xml', body: ICON }],
  ['/', { contentType: 'text/plain; charset=utf-8', body: tellWhatThisIs() }],
]);
const createHost = settings.isExpress ? createExpressHost : createNodeHost;
const host = createServer(createHost(server, assets));
host.once('error', (error) => {
  endWith(describeListenError(error, port));
});
host.listen(port, '127.0.0.1', () => console.log(`The issuer is ${origin}`));

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => {
    clearInterval(upkeep);
    host.close(() => void storage.close());
    host.closeIdleConnections();
  });
}

/** A master key that opens nothing, for one. Anything else is a fault of the program, and shows its stack. */
function endWithWhatIsConfigured(error) {
  if (error instanceof ConfigurationError) endWith(error.message);
  throw error;
}

/** What is kept from start to start. Whatever is wrong with it is the operator's to mend. */
async function openState() {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const storage = await openSqliteStorage({ file: databaseFile });
  const isFirstStart = (await storage.signingKeys.list(tenantId)).length === 0;
  return { storage, masterKey: loadMasterKey(masterKeyFile, platform.random, isFirstStart) };
}

async function tidy() {
  await server.keys.rotateIfDue();
  await storage.sweep(tenantId, (storage.clock ?? platform.clock).nowEpochSeconds());
}

async function addUser({ username: typedName, password }) {
  const now = platform.clock.nowEpochSeconds();
  const username = normaliseUsername(typedName);
  const subject = randomSecret(platform.random, '');
  const passwordHash = await passwordHasher.hash(password);
  await storage.users.add(
    { tenantId, subject, username, passwordHash, disabled: false, createdAtEpochSeconds: now },
    { type: 'user.added', outcome: 'allowed', tenantId, occurredAtEpochSeconds: now, subject, username },
  );
}

function tellWhatThisIs() {
  return `This is the example of the Portcullis authorization server as a library. Clients talk to it; people come here from them.

Its metadata     ${origin}/.well-known/oauth-authorization-server
Your account     ${origin}/account
`;
}
