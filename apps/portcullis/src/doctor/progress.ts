import type { Terminal } from '../terminal.js';
import { terminalText } from '../terminal-text.js';

/** After this long a person may wonder whether anything happens. */
const SLOW_MILLISECONDS = 1500;

/** Tells what is being waited for. */
export interface Progress {
  readonly show: (what: string) => void;
  /** Takes it off the terminal. */
  readonly end: () => void;
}

/**
 * Tells on standard error what is waited for: at once on a terminal, where it is taken off again; elsewhere only what takes
 * long, a line each. Says nothing where `isQuiet`, which is for programs.
 */
export function showProgress({ stderr }: Pick<Terminal, 'stderr'>, isQuiet: boolean): Progress {
  if (isQuiet) return { show: () => {}, end: () => {} };
  const isTerminal = stderr.isTTY === true;
  let timer: NodeJS.Timeout | undefined;
  return {
    show(what) {
      clearTimeout(timer);
      const text = terminalText(`${what} …`);
      if (isTerminal) return void stderr.write(`\r\u001b[2K${text}`);
      timer = setTimeout(() => void stderr.write(`${text}\n`), SLOW_MILLISECONDS);
      timer.unref();
    },
    end() {
      clearTimeout(timer);
      if (isTerminal) stderr.write('\r\u001b[2K');
    },
  };
}
