import type { NewResourceServer } from '@portcullis/authorization-server';
import type { Command } from 'commander';
import { type SuggestCommand, shownOperand } from '../suggest-command.js';
import type { Terminal } from '../terminal.js';
import { terminalText } from '../terminal-text.js';
import { collect } from './collect.js';
import { addExamples, type Example } from './examples.js';
import { formatJson } from './format-json.js';
import { formatFacts, formatTable, nameCell } from './format-table.js';
import type { GateAddress } from './gate-address.js';
import type { NewResourceOptions, ResourceManagementPorts, ResourceView } from './manage-resources.js';
import { addStoreOptions, STORE_HELP, type StoreOptions } from './store-options.js';
import { type OpenStore, type StoreUse, withStore } from './with-store.js';

interface ResourceOptions extends StoreOptions {
  readonly json?: boolean;
}

const ADD: readonly Example[] = [
  {
    line: 'resources add https://files.example.com/mcp --name "Team files"',
    note: 'with the scopes that MCP servers have here',
  },
  {
    line:
      'resources add https://files.example.com/mcp --scope files:read="Read your files" \\\n' +
      '      --scope files:write="Change your files" --default-scope files:read',
  },
];

const MORE = `A resource server is an MCP server that stands elsewhere and takes tokens from this gate. It verifies them by /jwks, or
asks /introspect with the credentials that this command shows once. It is told of tokens for its own URL alone.

An upstream of the gate is added and removed with --config: that gives it credentials and takes them away. Without it the
command cannot know that it is one: grants and stored consents for it end at its removal, and the gate goes on issuing.
${STORE_HELP}`;

const UNKNOWN_UPSTREAMS =
  "Whether it is an upstream of the gate is not known without the gate's --config. If it is one, the name and scopes of the\n" +
  'configuration hold, and resources remove without --config ends every grant and stored consent for it.\n';

const NO_LONGER_ALONE =
  'From now on there are several resources: a client that leaves out `resource` is refused with invalid_target, and has to\n' +
  'name the one it means.\n';

/** Adds `portcullis resources …`. */
export function addResourcesCommand(program: Command, terminal: Terminal): void {
  const resources = program.command('resources').description('servers elsewhere that take tokens from this gate');
  addExamples(resources, ADD, MORE);
  const say = (text: string): void => void terminal.stdout.write(`${text}\n`);
  const sayJson = (value: unknown): void => say(formatJson(value));
  const withResources = <T>(
    options: StoreOptions,
    use: StoreUse,
    act: (ports: ResourceManagementPorts, store: OpenStore) => Promise<T>,
  ): Promise<T> =>
    withStore(terminal, options, use, async (store) => {
      const { configuredResources } = await import('../config/configured-resources.js');
      const { storage, platform, config, suggest } = store;
      const configured = configuredResources(config);
      return act({ resourceServers: storage.resourceServers, platform, configured, suggest }, store);
    });
  const sayNew = async (
    made: NewResourceServer,
    options: ResourceOptions,
    ports: ResourceManagementPorts,
    { config }: OpenStore,
    sentence: string,
  ): Promise<void> => {
    const [{ viewResource }, { findConfigured }] = await Promise.all([
      import('./manage-resources.js'),
      import('../config/configured-resources.js'),
    ]);
    const view = viewResource(ports, made.resourceServer);
    if (options.json === true) return sayJson({ ...view, secret: made.secret });
    const place = findConfigured(ports.configured, view.resource)?.place;
    const told = [sentence, ...(place === undefined ? [] : [tellConfigured(place)])].join(' ');
    const { gateAddress } = await import('./gate-address.js');
    say(`${told}\n\n${formatNewResource(view, made.secret, gateAddress(config))}`);
  };

  resourceCommand(resources, 'add <uri>', 'register a resource server', ADD)
    .option('--name <text>', 'its name on the consent page (default: its host)')
    .option('--scope <name[=description]>', 'a scope it has (repeat for several; default: the built-in ones)', collect)
    .option('--default-scope <name>', 'granted to a client that asks for none (repeat for several)', collect)
    .action((uri: string, options: ResourceOptions & NewResourceOptions) =>
      withResources(options, 'make', async (ports, store) => {
        const [{ addResource, findNearTwin, isSecondResource }, { knowsUpstreams }] = await Promise.all([
          import('./manage-resources.js'),
          import('../config/configured-resources.js'),
        ]);
        const isSecond = await isSecondResource(ports, uri);
        const twin = await findNearTwin(ports, uri);
        const made = await addResource(ports, uri, options);
        if (twin !== undefined) terminal.stderr.write(tellNearTwin(uri, twin, store.suggest));
        if (isSecond) terminal.stderr.write(NO_LONGER_ALONE);
        await sayNew(made, options, ports, store, `Registered ${terminalText(uri, 4096)}.`);
        if (options.json !== true && !knowsUpstreams(store.config)) terminal.stderr.write(UNKNOWN_UPSTREAMS);
      }),
    );

  resourceCommand(resources, 'list', 'list resource servers', [
    { line: 'resources list' },
    { line: 'resources list --json' },
  ]).action((options: ResourceOptions) =>
    withResources(options, 'existing', async (ports) => {
      const { listResources } = await import('./manage-resources.js');
      const found = await listResources(ports);
      if (options.json === true) sayJson(found);
      else say(formatResources(found, ports.suggest));
    }),
  );

  resourceCommand(resources, 'rotate-secret <uri>', 'give it a fresh secret; the old one stops at once', [
    { line: 'resources rotate-secret https://files.example.com/mcp' },
  ]).action((uri: string, options: ResourceOptions) =>
    withResources(options, 'existing', async (ports, store) => {
      const { rotateResourceSecret } = await import('./manage-resources.js');
      const renewed = await rotateResourceSecret(ports, uri);
      await sayNew(
        renewed,
        options,
        ports,
        store,
        `${terminalText(renewed.resourceServer.resource.identifier, 4096)} has a new secret; the old one opens nothing any more.`,
      );
    }),
  );

  resourceCommand(resources, 'remove <uri>', 'remove it; grants and stored consents for it end', [
    { line: 'resources remove https://files.example.com/mcp' },
    {
      line: 'resources remove https://gate.example.com/mcp --config portcullis.yaml',
      note: 'an upstream of the gate: what was granted stays',
    },
  ]).action((uri: string, options: ResourceOptions) =>
    withResources(options, 'existing', async (ports, store) => {
      const [{ removeResource }, { findLeftBehind, tellLeftBehind }, { findConfigured, knowsUpstreams }] =
        await Promise.all([
          import('./manage-resources.js'),
          import('./scopes-left-behind.js'),
          import('../config/configured-resources.js'),
        ]);
      const { identifier: resource, scopes } = await removeResource(ports, uri);
      const left = await findLeftBehind(
        store,
        scopes.map(({ name }) => name),
      );
      const knowsAll = knowsUpstreams(store.config);
      terminal.stderr.write(tellLeftBehind(left, knowsAll, store.suggest));
      if (options.json === true) return sayJson({ resource, removed: true });
      const place = findConfigured(ports.configured, resource)?.place;
      if (place !== undefined) {
        return say(
          `Removed ${terminalText(resource, 4096)}: its credentials open nothing any more. As ${place} in the configuration it\n` +
            'is served still, and what was granted for it stays.',
        );
      }
      say(
        `Removed ${terminalText(resource, 4096)}. Every grant and stored consent for it has ended; servers that ask /introspect hear\n` +
          'so at once, those that verify by /jwks alone when the access tokens expire. ' +
          tellIssuing(knowsAll),
      );
    }),
  );
}

function tellNearTwin(uri: string, twin: string, suggest: SuggestCommand): string {
  return (
    `${terminalText(twin, 4096)} is there as well. The two are two resources: a token for one is refused at the other. If one was meant,\n` +
    `take the new one back: ${suggest('resources remove', shownOperand(uri))}\n`
  );
}

function resourceCommand(
  resources: Command,
  usage: string,
  description: string,
  examples: readonly Example[],
): Command {
  const command = addStoreOptions(resources.command(usage).description(description)).option('--json', 'as JSON');
  return addExamples(command, examples);
}

/** Whether tokens are issued for what was removed, as far as it is known. */
function tellIssuing(isKnown: boolean): string {
  return isKnown
    ? 'No token is issued for it any more.'
    : 'No token is issued for it any more,\n' +
        'unless it is an upstream of a gate: that one goes on issuing tokens for it, and asks for consent anew.';
}

function tellConfigured(place: string): string {
  return (
    `It is an upstream of this gate: its name\nand scopes are those of ${place} in the configuration. Take the credentials away with\n` +
    '--config as well: without it, resources remove ends every grant and stored consent for it.'
  );
}

function formatNewResource(view: ResourceView, secret: string, { origin, remark }: GateAddress): string {
  return [
    formatFacts([
      ['resource', view.resource],
      ['scopes', view.scopes.map(({ name }) => name).join(' ')],
      ['by default', view.defaultScopes.join(' ')],
      ['id', view.resourceServerId],
      ['secret', `${secret}   (shown this once)`],
    ]),
    '',
    'Whether a token is good, with the token on standard input (curl asks for the secret):',
    `  curl --user ${view.resourceServerId} --data-urlencode token@- ${origin}/introspect`,
    ...(remark === undefined ? [] : [remark]),
  ].join('\n');
}

function formatResources(found: readonly ResourceView[], suggest: SuggestCommand): string {
  if (found.length === 0) return `No resource server is registered. Add one with: ${suggest('resources add', 'URI')}`;
  const rows = found.map(({ resource, displayName, resourceServerId, defaultScopes, createdAt }) => [
    resource,
    nameCell(displayName),
    resourceServerId,
    defaultScopes.join(' '),
    createdAt.slice(0, 10),
  ]);
  return formatTable(['RESOURCE', 'NAME', 'ID', 'BY DEFAULT', 'SINCE'], rows);
}
