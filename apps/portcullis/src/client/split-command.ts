import { usageError } from '../program-error.js';

/**
 * Splits a command into words as a shell does for plain words and quotes, and does nothing else that a shell does: no
 * variables, no substitution, no operators. On Windows a backslash is a character like any other.
 *
 * @throws {ProgramError} where there is no word, or a quote does not end
 */
export function splitCommand(
  text: string,
  platform: NodeJS.Platform = process.platform,
): readonly [string, ...string[]] {
  const words: string[] = [];
  let word: string | undefined;
  let quote: string | undefined;
  for (let index = 0; index < text.length; index += 1) {
    const character = text.charAt(index);
    const escapes = character === '\\' && quote !== "'" && platform !== 'win32' && index + 1 < text.length;
    if (escapes) {
      index += 1;
      word = (word ?? '') + text.charAt(index);
    } else if (quote === undefined && (character === '"' || character === "'")) {
      quote = character;
      word ??= '';
    } else if (character === quote) {
      quote = undefined;
    } else if (quote === undefined && /\s/.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else {
      word = (word ?? '') + character;
    }
  }
  if (quote !== undefined) throw usageError('--open-command: a quote does not end');
  if (word !== undefined) words.push(word);
  const [command, ...rest] = words;
  if (command === undefined || command === '') throw usageError('--open-command names no program');
  return [command, ...rest];
}
