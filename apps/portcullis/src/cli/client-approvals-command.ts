import type { Command } from 'commander';
import { type SuggestCommand, shownOperand } from '../suggest-command.js';
import type { Terminal } from '../terminal.js';
import { terminalText } from '../terminal-text.js';
import { addExamples } from './examples.js';
import { formatJson } from './format-json.js';
import { formatTable, idCell, nameCell } from './format-table.js';
import type { ApprovalPorts, ApprovalView, ForgottenApproval } from './manage-approvals.js';
import { addStoreOptions, type StoreOptions } from './store-options.js';
import { withStore } from './with-store.js';

interface ApprovalOptions extends StoreOptions {
  readonly all?: boolean;
  readonly json?: boolean;
}

/** The example that the whole of `portcullis clients` shows as well. */
export const PENDING = { line: 'clients pending', note: 'applications that wait for your decision' };

const DOCUMENT = 'https://app.example.com/client.json';

/** Adds `portcullis clients pending`, `approve`, `deny` and `forget`: the queue of `clientIdMetadataDocuments.otherHosts: ask`. */
export function addClientApprovalCommands(clients: Command, terminal: Terminal): void {
  const say = (text: string): void => void terminal.stdout.write(`${text}\n`);
  const withApprovals = <T>(options: StoreOptions, act: (ports: ApprovalPorts) => Promise<T>): Promise<T> =>
    withStore(terminal, options, 'existing', ({ storage, platform, suggest }) =>
      act({ clients: storage.clients, clientApprovals: storage.clientApprovals, platform, suggest }),
    );

  addExamples(addStoreOptions(clients.command('pending').description('applications that wait for your decision')), [
    PENDING,
    { line: 'clients pending --all', note: 'those decided on as well' },
  ])
    .option('--all', 'those decided on as well')
    .option('--json', 'as JSON')
    .action((options: ApprovalOptions) =>
      withApprovals(options, async (ports) => {
        const { listApprovals } = await import('./manage-approvals.js');
        const found = await listApprovals(ports, options.all === true);
        say(options.json === true ? formatJson(found) : formatApprovals(found, ports.suggest));
      }),
    );

  addExamples(
    addStoreOptions(clients.command('approve <url>').description('let the application of this metadata document in')),
    [{ line: `clients approve ${DOCUMENT}` }],
  )
    .option('--json', 'as JSON')
    .action((url: string, options: ApprovalOptions) =>
      withApprovals(options, async (ports) => {
        const { approveClient } = await import('./manage-approvals.js');
        const isKnown = await approveClient(ports, url);
        if (options.json === true) return say(formatJson({ clientId: url, status: 'approved' }));
        const what = isKnown
          ? 'People can let it in now; each is still asked for consent.'
          : 'Nothing is kept of its asking here: is the URL right? When it asks, people can let it in; each is still asked for consent.';
        say(`Approved ${terminalText(url)}. ${what}`);
      }),
    );

  addExamples(
    addStoreOptions(clients.command('deny <url>').description('shut the application of this metadata document out')),
    [{ line: `clients deny ${DOCUMENT}` }],
  )
    .option('--json', 'as JSON')
    .action((url: string, options: ApprovalOptions) =>
      withApprovals(options, async (ports) => {
        const { denyClient } = await import('./manage-approvals.js');
        const hadBeenIn = await denyClient(ports, url);
        if (options.json === true) return say(formatJson({ clientId: url, status: 'denied' }));
        const ended = hadBeenIn ? ' What it was given has ended; access tokens stop within a second or two.' : '';
        say(`Denied ${terminalText(url)}.${ended}`);
      }),
    );

  addExamples(
    addStoreOptions(
      clients
        .command('forget <url>')
        .description('take a decision back, or a request out of the queue: the application asks anew'),
    ),
    [{ line: `clients forget ${DOCUMENT}` }],
  )
    .option('--json', 'as JSON')
    .action((url: string, options: ApprovalOptions) =>
      withApprovals(options, async (ports) => {
        const { forgetDecision } = await import('./manage-approvals.js');
        const forgotten = await forgetDecision(ports, url);
        if (options.json === true) return say(formatJson({ clientId: url, forgotten: true }));
        say(formatForgotten(url, forgotten, ports.suggest));
      }),
    );
}

function formatForgotten(clientId: string, { status, isKnown }: ForgottenApproval, suggest: SuggestCommand): string {
  const shown = terminalText(clientId);
  const what = status === 'pending' ? `Took ${shown} out of the queue` : `Forgot the decision on ${shown}`;
  const again = `${what}: it asks anew, where the configuration has you asked.`;
  if (!isKnown) return again;
  return `${again}\nWhat it was given stays; to end that: ${suggest('clients remove', shownOperand(clientId))}`;
}

function formatApprovals(approvals: readonly ApprovalView[], suggest: SuggestCommand): string {
  if (approvals.length === 0) return 'Nothing waits for you.';
  const rows = approvals.map(({ clientId, clientName, status, requestedAt }) => [
    idCell(clientId),
    nameCell(clientName),
    status,
    requestedAt.slice(0, 10),
  ]);
  const table = formatTable(['DOCUMENT', 'CALLS ITSELF', 'STATUS', 'SINCE'], rows);
  return `${table}\n\nA name is a claim; the host of the document is what you decide on: ${suggest('clients approve', 'URL')}, or deny`;
}
