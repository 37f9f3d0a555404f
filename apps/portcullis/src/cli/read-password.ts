import { displayText } from '@portcullis/protocol';
import { ProgramError, usageError } from '../program-error.js';
import type { Terminal } from '../terminal.js';

const SHORTEST_PASSWORD = 12;
const MAX_PASSWORD_BYTES = 1024;

/** What is wrong with a password, or undefined. Length is what counts; there are no rules about characters, but that some are
 * to be seen: blanks alone, and what shows as nothing, are a slip. */
export function checkPassword(password: string): string | undefined {
  if (Buffer.byteLength(password) > MAX_PASSWORD_BYTES) return 'the password is longer than 1 KiB';
  if (/\p{Cc}/u.test(password)) return 'the password holds a control character';
  if (password !== '' && displayText(password) === '') return 'the password is nothing but blanks';
  if ([...password].length < SHORTEST_PASSWORD) return `the password has fewer than ${SHORTEST_PASSWORD} characters`;
  return undefined;
}

/** The first line of `input`, without its end. Reads no further than 1 KiB. @throws {ProgramError} when it is no text
 * or no password */
export async function readPasswordLine(input: AsyncIterable<Buffer | string>): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of input) {
    const bytes = Buffer.from(chunk);
    chunks.push(bytes);
    size += bytes.length;
    if (bytes.includes('\n') || size > MAX_PASSWORD_BYTES + 2) break;
  }
  const read = Buffer.concat(chunks);
  const end = read.indexOf('\n');
  const line = decodeUtf8(end === -1 ? read : read.subarray(0, end)).replace(/\r$/, '');
  const problem = line === '' ? 'standard input holds no password' : checkPassword(line);
  if (problem !== undefined) throw usageError(problem);
  return line;
}

/**
 * A password from standard input, or typed twice at a hidden prompt. Never from an argument: the shell's history and
 * the process list would keep it.
 */
export async function readPassword(terminal: Terminal, fromStdin: boolean): Promise<string> {
  if (fromStdin) return readPasswordLine(terminal.stdin);
  if (!terminal.stdin.isTTY || !terminal.stdout.isTTY) {
    throw usageError('there is no terminal to ask for a password: pipe it in and add --password-stdin');
  }
  const password = await ask('Password', (value) => checkPassword(value ?? ''));
  await ask('The same again', (value) => (value === password ? undefined : 'that is not the same'));
  return password;
}

/** What was refused is not left standing: whoever types again would only add to it, unseen. */
async function ask(message: string, validate: (value: string | undefined) => string | undefined): Promise<string> {
  const { isCancel, password: promptPassword } = await import('@clack/prompts');
  const answer = await promptPassword({ message, validate, clearOnError: true });
  if (isCancel(answer)) throw new ProgramError('cancelled; nothing was changed');
  return answer;
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw usageError('standard input holds no UTF-8 text');
  }
}
