import { formatJson } from '../../cli/format-json.js';
import { EXIT_CODE, ProgramError, systemErrorCode, usageError } from '../../program-error.js';
import { PROGRAM_NAME } from '../../program-name.js';
import { shellWord } from '../../shell-word.js';
import type { Terminal } from '../../terminal.js';
import { terminalText } from '../../terminal-text.js';
import { buildDocument, type DocumentOptions } from './build-document.js';
import { formatFinding } from './check-document.js';
import { type Finding, ofKind, RULES } from './finding.js';
import { judgeDocument } from './judge-document.js';
import { judgeClientIdUrl } from './judge-url.js';
import { writeWholeFile } from './write-whole-file.js';

/** What `portcullis cimd init` is told. */
export interface InitOptions extends DocumentOptions {
  readonly output?: string;
  readonly force?: boolean;
  readonly json?: boolean;
}

/**
 * `portcullis cimd init URL`: writes the document, on standard output unless a file is named, and says on standard error what
 * is to be done with it. What `check` would find wrong is not written.
 *
 * @throws {ProgramError} on options that make no good document (exit code 2), and where the file is there or cannot be
 * written
 */
export function initDocument(url: string, options: InitOptions, terminal: Terminal): void {
  const document = buildDocument(url, options);
  const text = `${formatJson(document)}\n`;
  const findings = [...judgeClientIdUrl(url), ...judgeDocument(new TextEncoder().encode(text), url).findings];
  const errors = ofKind(findings, 'error');
  if (errors.length > 0) throw usageError(errors.map(tellError).join('\n'));
  const { output } = options;
  if (output !== undefined) writeDocument(output, text, options.force === true);
  const hints = ofKind(findings, 'advice');
  if (options.json === true) {
    const told = hints.map(({ rule, member, message }) => ({ rule, member, message, specification: RULES[rule] }));
    terminal.stdout.write(`${formatJson({ clientId: url, output, document, advice: told })}\n`);
    return;
  }
  if (output === undefined) terminal.stdout.write(text);
  else terminal.stdout.write(`Wrote ${terminalText(output, 4096)}.\n`);
  terminal.stderr.write(`${tellNextSteps(url, options, hints)}\n`);
}

function tellError({ member, message }: Finding): string {
  return member === undefined ? message : `${member}: ${message}`;
}

/** Whole or not at all; a file that is there is replaced only with `force`. */
function writeDocument(file: string, text: string, force: boolean): void {
  try {
    writeWholeFile(file, text, force);
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === 'EEXIST') throw new ProgramError(`${file} is there already; --force replaces it`);
    const why = code === 'ENOENT' ? 'its directory does not exist' : (code ?? 'unknown error');
    throw new ProgramError(`${file} cannot be written: ${why}`, EXIT_CODE.failed, { cause: error });
  }
}

function tellNextSteps(url: string, { redirectUri, jwksUri, keyFile }: InitOptions, hints: readonly Finding[]): string {
  const isOurs = redirectUri === undefined && jwksUri === undefined && keyFile === undefined;
  const word = shellWord(url);
  return [
    ...(hints.length === 0 ? [] : ['', 'To mind:', ...hints.flatMap(formatFinding)]),
    '',
    'Next:',
    `  1. Serve it at ${terminalText(url, 2048)}`,
    '     over https, with status 200 and Content-Type: application/json; no redirect, no compression, no sign-in.',
    '     Cache-Control: max-age=3600 and an ETag spare both sides work.',
    '  2. See whether it can be used:',
    `       ${PROGRAM_NAME} cimd check ${word}`,
    ...(isOurs
      ? [
          '  3. Sign in with it, where the authorization server takes such clients:',
          `       ${PROGRAM_NAME} login https://mcp.example.com/mcp --client-metadata-url ${word}`,
        ]
      : ['  3. Give your client the URL as its client id.']),
  ].join('\n');
}
