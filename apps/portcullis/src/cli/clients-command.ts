import type { Client } from '@portcullis/ports';
import type { Command } from 'commander';
import { inShort } from '../config/grant-type-names.js';
import { type SuggestCommand, shownOperand } from '../suggest-command.js';
import type { Terminal } from '../terminal.js';
import { terminalText } from '../terminal-text.js';
import { addClientApprovalCommands, PENDING } from './client-approvals-command.js';
import type { ClientView } from './client-view.js';
import { collect } from './collect.js';
import { describeJwkSet } from './describe-jwk-set.js';
import { addExamples, type Example } from './examples.js';
import { formatJson } from './format-json.js';
import { formatFacts, formatTable, idCell, nameCell } from './format-table.js';
import type { ClientManagementPorts } from './manage-clients.js';
import type { NewClient, NewClientOptions } from './new-client.js';
import { addStoreOptions, STORE_HELP, type StoreOptions } from './store-options.js';
import { type OpenStore, type StoreUse, withStore } from './with-store.js';

interface ClientOptions extends StoreOptions {
  readonly json?: boolean;
}

const ADD: readonly Example[] = [
  {
    line: 'clients add "Reports" --redirect-uri https://reports.example.com/callback',
    note: 'an application of people; public, with PKCE',
  },
  {
    line: 'clients add "Reports" --redirect-uri https://reports.example.com/callback --secret-basic',
    note: 'the same with a secret',
  },
  {
    line: 'clients add "Nightly job" --grant client_credentials --scope mcp:tools:read',
    note: 'a machine that acts in its own name',
  },
  {
    line: 'clients add "Nightly job" --grant client_credentials --jwks-file pub.pem',
    note: 'the same with a key in place of a secret',
  },
  {
    line: 'clients add "Living-room screen" --grant device_code --grant refresh_token',
    note: 'a device without a browser: it shows a code, and people type it in elsewhere',
  },
  {
    line: 'clients add "Assistant" --grant jwt-bearer',
    note: 'acts for people by the word of an identity provider (assertionIssuers)',
  },
  {
    line: 'clients add "CRM" --grant token-exchange \\\n    --exchange-from https://crm.example.com/mcp --exchange-to https://gate.example.com/files/mcp',
    note: 'a server that guards itself (resources add) and calls another for its caller; an upstream sees no token',
  },
  {
    line: 'clients add "Bank" --redirect-uri https://bank.example.com/callback --require-par --dpop',
    note: 'its requests are pushed, and its access tokens are of no use to a thief',
  },
];

const MORE = `A secret is shown once and kept as a hash. The commands work while the gate is running; what they do holds at once, and
access tokens of a removed client stop within a second or two.
${STORE_HELP}`;

const NO_OVERLAP = `The old secret and the new one are never good at once: the client is refused from now until it has the new one. To change it
without that, add a second client of the same kind, have the application use its id and secret, and remove this one: people
consent once more, and a machine gets its next token with the new one. Or have the client prove itself by a key from the
start (clients add --jwks-uri URL): while two keys are in its set, both are good.`;

/** Adds `portcullis clients …`. */
export function addClientsCommand(program: Command, terminal: Terminal): void {
  const clients = program.command('clients').description('which applications may ask');
  addExamples(clients, [...ADD, PENDING], MORE);
  const say = (text: string): void => void terminal.stdout.write(`${text}\n`);
  const sayJson = (value: unknown): void => say(formatJson(value));
  const withClients = <T>(
    options: StoreOptions,
    use: StoreUse,
    act: (ports: ClientManagementPorts, store: OpenStore) => Promise<T>,
  ): Promise<T> =>
    withStore(terminal, options, use, (store) => {
      const { storage, platform, config, suggest } = store;
      const { clients } = storage;
      return act(
        { clients, platform, configured: config.input.clients, isConfigAtHand: config.isFromFile, suggest },
        store,
      );
    });
  const sayNew = async (made: NewClient, options: ClientOptions, store: OpenStore, sentence: string): Promise<void> => {
    const { viewClient } = await import('./manage-clients.js');
    if (options.json === true) {
      return sayJson({ ...viewClient(made.client), ...(made.clientSecret && { clientSecret: made.clientSecret }) });
    }
    const [{ formatNewClient }, { gateAddress }] = await Promise.all([
      import('./client-instructions.js'),
      import('./gate-address.js'),
    ]);
    say(`${sentence}\n\n${formatNewClient(made, gateAddress(store.config))}`);
  };

  clientCommand(clients, 'add <name>', 'register a client', ADD)
    .option('--redirect-uri <uri>', 'where people are sent back to (repeat for several)', collect)
    .option(
      '--grant <type>',
      'authorization_code, refresh_token, client_credentials, device_code, jwt-bearer, token-exchange (repeat for several)',
      collect,
    )
    .option('--scope <name>', 'a scope it may have; without any, all of the resource (repeat for several)', collect)
    .option('--public', 'it proves nothing but PKCE (default with redirect URIs)')
    .option(
      '--secret-basic',
      'a secret, in the Authorization header (default for client_credentials, jwt-bearer, token-exchange)',
    )
    .option('--secret-post', 'a secret, in the body')
    .option('--jwks-file <file>', 'a key of its own: the public key in PEM or as a JWK, or a JWK Set')
    .option('--jwks-uri <url>', 'a key of its own: where the JWK Set is')
    .option('--require-par', 'it begins with a pushed request and no other way (RFC 9126)')
    .option('--dpop', 'it gets access tokens that are bound to its key and no others (RFC 9449)')
    .option(
      '--consent-required',
      "with jwt-bearer: an identity provider's word is not enough. Shuts everybody out as long as people sign in here by password",
    )
    .option('--exchange-from <url>', 'with token-exchange: a resource that it serves (repeat for several)', collect)
    .option('--exchange-to <url>', 'with token-exchange: a resource that it calls (repeat for several)', collect)
    .option('--id <id>', 'its client_id (default: random)')
    .action((name: string, options: ClientOptions & NewClientOptions) =>
      withClients(options, 'make', async (ports, store) => {
        const [{ addClient }, { checkScopesAreKnown }] = await Promise.all([
          import('./manage-clients.js'),
          import('./known-scopes.js'),
        ]);
        const areChecked = options.scope === undefined || (await checkScopesAreKnown(store, options.scope));
        const made = await addClient(ports, name, options, {
          allowed: store.config.input.allowedRedirectSchemes,
          file: options.config,
        });
        await sayNew(made, options, store, `Added the client ${terminalText(name)}.`);
        if (areChecked || options.json === true) return;
        terminal.stderr.write('Whether there are such scopes was not checked; with --config it is.\n');
      }),
    );

  clientCommand(clients, 'list', 'list clients: registered ones, and those that came by themselves', [
    { line: 'clients list' },
    { line: 'clients list --json' },
  ]).action((options: ClientOptions) =>
    withClients(options, 'existing', async (ports) => {
      const { viewClients } = await import('./manage-clients.js');
      const found = await viewClients(ports);
      if (options.json === true) sayJson(found);
      else say(formatClients(found, ports.suggest));
      if (options.json === true || ports.configured.length === 0) return;
      say(`In the configuration: ${ports.configured.map(({ clientId }) => terminalText(clientId)).join(', ')}`);
    }),
  );

  clientCommand(clients, 'show <id>', 'everything about a client but its secret', [
    { line: 'clients show reports' },
    { line: 'clients show reports --config portcullis.yaml', note: 'those of the configuration as well' },
  ]).action((id: string, options: ClientOptions) =>
    withClients(options, 'existing', async (ports) => {
      const { showClient } = await import('./manage-clients.js');
      const view = await showClient(ports, id);
      if (options.json === true) sayJson(view);
      else say(formatClient(view));
    }),
  );

  clientCommand(
    clients,
    'rotate-secret <id>',
    'give a client a fresh secret; the old one stops at once',
    [{ line: 'clients rotate-secret reports' }],
    NO_OVERLAP,
  ).action((id: string, options: ClientOptions) =>
    withClients(options, 'existing', async (ports, store) => {
      const { rotateSecret } = await import('./manage-clients.js');
      const renewed = await rotateSecret(ports, id);
      const sentence = `${terminalText(renewed.client.clientName)} has a new secret; the old one opens nothing any more.`;
      await sayNew(renewed, options, store, sentence);
    }),
  );

  clientCommand(clients, 'remove <id>', 'remove a client and end everything it was given', [
    { line: 'clients remove reports' },
  ]).action((id: string, options: ClientOptions) =>
    withClients(options, 'existing', async (ports) => {
      const { isConfigured, removeClient, viewClient } = await import('./manage-clients.js');
      const removed = await removeClient(ports, id);
      if (options.json === true) sayJson({ ...viewClient(removed), removed: true });
      else say(isConfigured(ports, id) ? formatRemovalOfShadowed(removed) : formatRemoval(removed, ports.suggest));
    }),
  );

  addClientApprovalCommands(clients, terminal);
}

function clientCommand(
  clients: Command,
  usage: string,
  description: string,
  examples: readonly Example[],
  more?: string,
): Command {
  const command = addStoreOptions(clients.command(usage).description(description)).option('--json', 'as JSON');
  return addExamples(command, examples, more);
}

/** Who made a client known, in words. */
const SOURCES: Readonly<Record<Client['source'], string>> = {
  configured: 'the configuration',
  registered: 'you',
  dynamic: 'itself',
  metadata_document: 'its document',
};

function formatClients(clients: readonly ClientView[], suggest: SuggestCommand): string {
  if (clients.length === 0)
    return `There are no clients in the store. Add one with: ${suggest('clients add', 'NAME …')}`;
  const rows = clients.map((client) => [
    idCell(client.clientId),
    nameCell(client.clientName),
    client.shadowed === true ? `${SOURCES[client.source]} (does not count)` : SOURCES[client.source],
    client.tokenEndpointAuthMethod,
    client.createdAt?.slice(0, 10) ?? '',
    client.lastUsedAt?.slice(0, 10) ?? '',
  ]);
  const table = formatTable(['CLIENT_ID', 'NAME', 'REGISTERED BY', 'METHOD', 'SINCE', 'LAST USED'], rows);
  if (clients.every(({ shadowed }) => shadowed === undefined)) return table;
  return (
    `${table}\nOne that does not count has the id of a client in the configuration, which counts instead. Take it out of the\n` +
    `store with: ${suggest('clients remove', 'ID')}`
  );
}

function formatClient(view: ClientView): string {
  const facts: (readonly [string, string])[] = [
    ['client_id', view.clientId],
    ['name', view.clientName],
    ['registered by', SOURCES[view.source]],
    ['method', view.tokenEndpointAuthMethod],
    ['grants', view.grantTypes.map(inShort).join(' ')],
    ...view.redirectUris.map((uri) => ['redirect URI', uri] as const),
    ['scopes', view.scopes?.join(' ') ?? 'those of the resource'],
    ...describeJwkSet(view.jwks).map((key) => ['key', key] as const),
    ...(view.jwksFile === undefined ? [] : [['keys in', view.jwksFile] as const]),
    ...(view.jwksUri === undefined ? [] : [['keys at', view.jwksUri] as const]),
    ...formatRules(view),
    ...(view.clientUri === undefined ? [] : [['home page', view.clientUri] as const]),
    ...(view.createdAt === undefined ? [] : [['since', view.createdAt] as const]),
    ...(view.lastUsedAt === undefined ? [] : [['last used', view.lastUsedAt] as const]),
    ...(view.documentFetchedAt === undefined ? [] : [['document of', view.documentFetchedAt] as const]),
  ];
  return formatFacts(facts);
}

/** Rules of a client's own, as far as it has any. */
function formatRules(view: ClientView): (readonly [string, string])[] {
  const { tokenExchange } = view;
  return [
    ...(view.requirePushedAuthorizationRequests === true ? [['requests', 'only pushed (RFC 9126)'] as const] : []),
    ...(view.dpopBoundAccessTokens === true ? [['tokens', 'only bound to a key (RFC 9449)'] as const] : []),
    ...(view.consentRequired === true
      ? [['consent', 'by people here, not by an identity provider alone'] as const]
      : []),
    ...(tokenExchange?.subjectResources ?? []).map((resource) => ['exchanges tokens of', resource] as const),
    ...(tokenExchange?.targetResources ?? []).map((resource) => ['exchanges for', resource] as const),
  ];
}

function formatRemovalOfShadowed({ clientName, clientId }: Client): string {
  return (
    `Removed ${terminalText(clientName)} from the store. ${terminalText(clientId)} of the configuration goes on: it is asked for consent and signs in\n` +
    'again, since refresh tokens under its id have ended. Access tokens that it gets within a minute and a half are refused.'
  );
}

function formatRemoval({ clientName, clientId, source }: Client, suggest: SuggestCommand): string {
  const name = terminalText(clientName);
  const ended = `Removed ${name}. Its refresh tokens have ended; access tokens stop within a second or two.`;
  if (source !== 'metadata_document') return ended;
  return `${ended}\nIt may come back by its document; to shut it out: ${suggest('clients deny', shownOperand(clientId))}`;
}
