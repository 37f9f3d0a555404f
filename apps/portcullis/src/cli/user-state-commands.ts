import type { Command } from 'commander';
import { terminalText } from '../terminal-text.js';
import type { UserManagementPorts } from './manage-users.js';

/** Adds `portcullis users disable` and `enable`, by what the other commands on users are made with. */
export function addUserStateCommands<Options>(
  command: (usage: string, description: string) => Command,
  withUsers: (options: Options, act: (ports: UserManagementPorts) => Promise<void>) => Promise<void>,
  say: (text: string) => void,
): void {
  command('disable <name>', 'keep a user from signing in, and end their sessions and tokens').action(
    async (name: string, options: Options) => {
      const manage = await import('./manage-users.js');
      await withUsers(options, async (ports) => {
        const disabled = await manage.disableUser(ports, name);
        say(`Disabled ${terminalText(disabled)}. Their sessions and tokens have ended.`);
        if ((await manage.listUsers(ports)).some((user) => !user.disabled)) return;
        say('Nobody can sign in now, until you enable or add a user.');
      });
    },
  );

  command('enable <name>', 'let a disabled user sign in again').action(async (name: string, options: Options) => {
    const manage = await import('./manage-users.js');
    await withUsers(options, async (ports) => {
      say(`${terminalText(await manage.enableUser(ports, name))} can sign in again.`);
    });
  });
}
