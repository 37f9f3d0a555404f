import type { Terminal } from '../terminal.js';

const TERMINAL_MILLISECONDS = 1000;
const LOG_MILLISECONDS = 60_000;

/** What is shown while a person is waited for. */
export interface Waiting {
  /** Takes it off the terminal. */
  end(): void;
  /** Shows it again, with the time that is left. */
  resume(): void;
}

/** Shows how long a person is still waited for: one line that changes on a terminal, a line each minute elsewhere. It says
 * nothing any more when the time is over. */
export function showWaiting({ stderr }: Pick<Terminal, 'stderr'>, timeoutSeconds: number): Waiting {
  const endsAt = Date.now() + timeoutSeconds * 1000;
  const isTerminal = stderr.isTTY === true;
  let timer: NodeJS.Timeout | undefined;
  const end = (): void => {
    clearInterval(timer);
    if (isTerminal) stderr.write('\r\u001b[2K');
  };
  const show = (): void => {
    const left = Math.ceil((endsAt - Date.now()) / 1000);
    if (left <= 0) {
      end();
      return;
    }
    const text = `Waiting for you to sign in, ${formatSeconds(left)} left. Ctrl+C ends it.`;
    stderr.write(isTerminal ? `\r\u001b[2K${text}` : `${text}\n`);
  };
  const resume = (): void => {
    show();
    timer = setInterval(show, isTerminal ? TERMINAL_MILLISECONDS : LOG_MILLISECONDS);
    timer.unref();
  };
  resume();
  return { resume, end };
}

/** `4 min 30 s` */
export function formatSeconds(seconds: number): string {
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600)
    return seconds % 60 === 0 ? `${seconds / 60} min` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  const hours = Math.floor(seconds / 3600);
  if (hours >= 48) return `${Math.floor(hours / 24)} days`;
  const minutes = Math.floor((seconds % 3600) / 60);
  return minutes === 0 ? `${hours} h` : `${hours} h ${minutes} min`;
}
