import type { Command } from 'commander';
import { terminalText } from '../terminal-text.js';
import type { Example } from './examples.js';
import type { UserManagementPorts } from './manage-users.js';
import type { UserOptions, UserReport } from './user-report.js';

/** The example that the whole of `portcullis users` shows as well. */
export const DISABLE = { line: 'users disable alice', note: 'the same, but she can be let in again' };

/** Adds `portcullis users disable` and `enable`, by what the other commands on users are made with. */
export function addUserStateCommands(
  command: (usage: string, description: string, examples: readonly Example[]) => Command,
  withUsers: (options: UserOptions, act: (ports: UserManagementPorts) => Promise<void>) => Promise<void>,
  report: UserReport,
): void {
  command('disable <name>', 'keep a user out, and end their sessions and tokens', [
    { line: 'users disable alice', note: 'until she is enabled' },
  ]).action(async (name: string, options: UserOptions) => {
    const manage = await import('./manage-users.js');
    await withUsers(options, async (ports) => {
      const { username, subject } = await manage.disableUser(ports, name);
      const sentence = `Disabled ${terminalText(username)}. Their sessions and tokens have ended.`;
      await report.user(ports, options, subject, sentence);
      const nobody = await manage.tellNobodyLeft(ports);
      if (nobody !== undefined) report.remark(options, nobody);
    });
  });

  command('enable <name>', 'let a disabled user in again', [{ line: 'users enable alice' }]).action(
    async (name: string, options: UserOptions) => {
      const manage = await import('./manage-users.js');
      await withUsers(options, async (ports) => {
        const { username, subject, passwordHash } = await manage.enableUser(ports, name);
        const again = passwordHash === undefined ? 'is admitted again' : 'can sign in again';
        await report.user(ports, options, subject, `${terminalText(username)} ${again}.`);
      });
    },
  );
}
