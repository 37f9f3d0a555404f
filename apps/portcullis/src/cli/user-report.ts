import type { Terminal } from '../terminal.js';
import { formatJson } from './format-json.js';
import type { UserManagementPorts } from './manage-users.js';
import type { StoreOptions } from './store-options.js';

/** The options of every command on users. */
export interface UserOptions extends StoreOptions {
  readonly passwordStdin?: boolean;
  readonly json?: boolean;
}

/** How commands on users answer: one value on standard output with `--json`, else in sentences. */
export interface UserReport {
  answer(options: UserOptions, value: unknown, inWords: () => string): void;
  /** Answers with the user as `users list` has them, once the act is done. @throws {ProgramError} when somebody has removed
   * them meanwhile */
  user(ports: UserManagementPorts, options: UserOptions, subject: string, sentence: string): Promise<void>;
  /** A sentence after the answer. With `--json` it goes to standard error. */
  remark(options: UserOptions, sentence: string): void;
}

/** Reports on a terminal. */
export function createUserReport({ stdout, stderr }: Terminal): UserReport {
  const answer: UserReport['answer'] = ({ json }, value, inWords) =>
    void stdout.write(`${json === true ? formatJson(value) : inWords()}\n`);
  return {
    answer,
    async user(ports, options, subject, sentence) {
      if (options.json !== true) return answer(options, undefined, () => sentence);
      const { showUser } = await import('./manage-users.js');
      answer(options, await showUser(ports, subject), () => sentence);
    },
    remark: ({ json }, sentence) => void (json === true ? stderr : stdout).write(`${sentence}\n`),
  };
}
