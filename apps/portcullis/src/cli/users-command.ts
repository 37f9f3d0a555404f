import type { Command } from 'commander';
import { usageError } from '../program-error.js';
import type { DataDirectory } from '../start/data-directory.js';
import type { SuggestCommand } from '../suggest-command.js';
import type { Terminal } from '../terminal.js';
import { terminalText } from '../terminal-text.js';
import { addExamples, type Example } from './examples.js';
import { formatTable } from './format-table.js';
import type { ListedUser, PasswordManagementPorts, UserManagementPorts } from './manage-users.js';
import { addStoreOptions, STORE_HELP } from './store-options.js';
import { createUserReport, type UserOptions } from './user-report.js';
import { addUserStateCommands, DISABLE } from './user-state-commands.js';
import { type OpenStore, type StoreUse, withStore } from './with-store.js';

const FROM_STDIN = `printf '%s\\n' "$PASSWORD"`;
const ADD: readonly Example[] = [
  { line: 'users add alice', note: 'asks for a password' },
  { line: 'users add alice --password-stdin', pipedFrom: FROM_STDIN },
];
const REMOVE = { line: 'users remove alice', note: 'signs her out everywhere, within a second' };

/** What somebody who is not disabled may do. */
const STATES = { password: 'may sign in', elsewhere: 'admitted' } as const;

const COMES_BACK =
  'Their identity provider may send them again, as somebody new. Who is to stay out is disabled instead, and not removed.';

const MORE = `A password has at least 12 characters and is never an argument, where the shell's history and the process list would
keep it. The commands work while the gate is running; give them its data directory.
Users of identity providers (origin: elsewhere) have no password; all else is for them as well. Removed, they come back
when their provider sends them again: "disable" keeps them out, and whom it keeps out is not removed. NAME may be the
subject that "users list" shows, and has to be where several are called so; one that begins with - goes behind --.
${STORE_HELP}`;

/** Adds `portcullis users …`. */
export function addUsersCommand(program: Command, terminal: Terminal): void {
  const users = program.command('users').description('who may sign in');
  addExamples(users, [...ADD, REMOVE, DISABLE], MORE);
  const report = createUserReport(terminal);

  userCommand(users, 'add <name>', 'add a user', ADD)
    .option('--password-stdin', 'read the password from the first line of standard input')
    .action(async (name: string, options: UserOptions, command: Command) => {
      const password = await readNewPassword(terminal, name, 'parseUsername', options, command);
      const manage = await import('./manage-users.js');
      await withUsers(terminal, options, 'make', async (ports) => {
        const added = await manage.addUser(await withHasher(ports), name, password);
        await report.user(ports, options, added.subject, `Added ${terminalText(added.username)}.`);
      });
    });

  userCommand(users, 'list', 'list users', [{ line: 'users list' }, { line: 'users list --json' }]).action(
    async (options: UserOptions) => {
      const manage = await import('./manage-users.js');
      await withUsers(terminal, options, 'existing', async (ports, { suggest }) => {
        const found = await manage.listUsers(ports);
        report.answer(options, found, () => formatUsers(found, suggest));
      });
    },
  );

  userCommand(users, 'remove <name>', 'remove a user and end their sessions and tokens', [REMOVE]).action(
    async (name: string, options: UserOptions) => {
      const manage = await import('./manage-users.js');
      await withUsers(terminal, options, 'existing', async (ports, store) => {
        const directory = store.openDirectory();
        const { username, subject, passwordHash } = await manage.removeUser(ports, name);
        if (passwordHash !== undefined) await forgetFirstUser(directory, username);
        report.answer(
          options,
          { username, subject, removed: true },
          () => `Removed ${terminalText(username)}. Their sessions and tokens have ended.`,
        );
        if (passwordHash === undefined) report.remark(options, COMES_BACK);
        const nobody = await manage.tellNobodyLeft(ports);
        if (nobody !== undefined) report.remark(options, nobody);
      });
    },
  );

  userCommand(users, 'reset-password <name>', 'set a new password and end sessions and tokens', [
    { line: 'users reset-password alice', note: 'asks for a password' },
    { line: 'users reset-password alice --password-stdin', pipedFrom: FROM_STDIN },
  ])
    .option('--password-stdin', 'read the password from the first line of standard input')
    .action(async (name: string, options: UserOptions, command: Command) => {
      const password = await readNewPassword(terminal, name, 'checkUserName', options, command);
      const manage = await import('./manage-users.js');
      await withUsers(terminal, options, 'existing', async (ports, store) => {
        const directory = store.openDirectory();
        const renewed = await manage.resetPassword(await withHasher(ports), name, password);
        await forgetFirstUser(directory, renewed.username);
        const sentence = `${terminalText(renewed.username)} has a new password. Sessions and tokens of the old one have ended.`;
        await report.user(ports, options, renewed.subject, sentence);
      });
    });

  addUserStateCommands(
    (usage, description, examples) => userCommand(users, usage, description, examples),
    (options, act) => withUsers(terminal, options, 'existing', act),
    report,
  );
}

function userCommand(users: Command, usage: string, description: string, examples: readonly Example[]): Command {
  const command = addStoreOptions(users.command(usage).description(description)).option('--json', 'as JSON');
  return addExamples(command, examples).allowExcessArguments(
    usage.startsWith('add') || usage.startsWith('reset-password'),
  );
}

/** The password that a user is to have. Nobody is asked for one in vain, so the rest of the command is looked at first. */
async function readNewPassword(
  terminal: Terminal,
  name: string,
  check: 'parseUsername' | 'checkUserName',
  options: UserOptions,
  command: Command,
): Promise<string> {
  refuseFurtherArguments(command);
  const [manage, { readPassword }] = await Promise.all([import('./manage-users.js'), import('./read-password.js')]);
  manage[check](name);
  return readPassword(terminal, options.passwordStdin === true);
}

/** Without repeating them: the second one is likely a password. */
function refuseFurtherArguments(command: Command): void {
  if (command.args.length <= 1) return;
  throw usageError(
    'a password is never taken from an argument: leave it out to be asked, or pipe it in with --password-stdin',
  );
}

/** Opens the store for one act. */
function withUsers<T>(
  terminal: Terminal,
  options: UserOptions,
  use: StoreUse,
  act: (ports: UserManagementPorts, store: OpenStore) => Promise<T>,
): Promise<T> {
  return withStore(terminal, options, use, (store) => {
    const { storage, platform } = store;
    return act({ users: storage.users, platform, suggest: store.suggest }, store);
  });
}

/** What it takes to keep a password. */
async function withHasher(ports: UserManagementPorts): Promise<PasswordManagementPorts> {
  const { createPasswordHasher } = await import('@portcullis/authorization-server/node');
  return { ...ports, passwordHasher: await createPasswordHasher(ports.platform) };
}

/** The file that tells the password of the first user, where this machine has it. */
async function forgetFirstUser(directory: DataDirectory | undefined, username: string): Promise<void> {
  if (directory === undefined) return;
  const { forgetFirstUserFile } = await import('../start/first-user.js');
  forgetFirstUserFile(directory.firstUserFile, username);
}

function formatUsers(users: readonly ListedUser[], suggest: SuggestCommand): string {
  if (users.length === 0) return `There are no users. Add one with: ${suggest('users add', 'NAME')}`;
  const rows = users.map(({ username, createdAt, disabled, origin, subject }) => [
    username,
    disabled ? 'disabled' : STATES[origin],
    createdAt.slice(0, 10),
    origin,
    subject,
  ]);
  return formatTable(['NAME', 'STATE', 'SINCE', 'ORIGIN', 'SUBJECT'], rows);
}
