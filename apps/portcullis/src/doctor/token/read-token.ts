import { MAX_TOKEN_LENGTH } from '@portcullis/resource-server';
import { usageError } from '../../program-error.js';

/** Room for the scheme, and for the end of the line. */
const SLACK = 64;

/**
 * One access token from standard input: the first line that is not empty, with or without its scheme before it. It is never
 * an argument, where the shell's history and the process list would keep it, and no error repeats any of it.
 *
 * @throws {ProgramError} where there is none, or more than one token may be long
 */
export async function readToken(input: AsyncIterable<Buffer | string> & { readonly isTTY?: boolean }): Promise<string> {
  if (input.isTTY === true) {
    throw usageError('--token-stdin: pipe the token in; typed here it would stay on the screen');
  }
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of input) {
    const bytes = Buffer.from(chunk);
    chunks.push(bytes);
    size += bytes.length;
    if (size > MAX_TOKEN_LENGTH + SLACK)
      throw usageError('what standard input holds is longer than a token may be (16 KiB)');
  }
  const lines = Buffer.concat(chunks)
    .toString('utf8')
    .split(/\r?\n/)
    .map((line) => line.trim().replace(/^(?:Bearer|DPoP) +/i, ''))
    .filter((line) => line !== '');
  const [token] = lines;
  if (token === undefined) throw usageError('standard input holds no token');
  if (lines.length > 1) throw usageError('standard input holds more than one line: one token, and nothing else');
  if (!/^[\x21-\x7e]+$/.test(token))
    throw usageError('what standard input holds is no token: it has spaces or other characters that none has');
  return token;
}
