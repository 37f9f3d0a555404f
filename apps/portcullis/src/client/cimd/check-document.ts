import { parseUrl } from '@portcullis/protocol';
import type { ClientIdMetadataDocument } from '@portcullis/protocol/client-metadata';
import { formatJson } from '../../cli/format-json.js';
import { formatFacts } from '../../cli/format-table.js';
import { ProgramError, usageError } from '../../program-error.js';
import type { Terminal } from '../../terminal.js';
import { terminalText } from '../../terminal-text.js';
import { advice, type Finding, ofKind, RULES } from './finding.js';
import { judgeDocument } from './judge-document.js';
import { judgeClientIdUrl } from './judge-url.js';
import { readSource } from './read-source.js';

/** What `portcullis cimd check` is told. */
export interface CheckOptions {
  /** The URL that the document will be served at. */
  readonly url?: string;
  readonly json?: boolean;
}

/** What came of a check. */
export interface DocumentReport {
  /** What the document was held against: its URL, or else its own word. */
  readonly clientId: string | undefined;
  readonly findings: readonly Finding[];
  /** What an authorization server reads in it, where it takes it. */
  readonly document: ClientIdMetadataDocument | undefined;
}

/** `portcullis cimd check URL|FILE`. @throws {ProgramError} where the document has errors, or cannot be read */
export async function checkDocument(source: string, options: CheckOptions, terminal: Terminal): Promise<void> {
  const { url } = options;
  if (url !== undefined && parseUrl(url) === undefined) throw usageError('--url is no URL');
  const report = await inspect(source, url);
  const errors = ofKind(report.findings, 'error');
  terminal.stdout.write(`${options.json === true ? formatJson(viewReport(source, report)) : formatReport(report)}\n`);
  if (errors.length > 0) {
    throw new ProgramError(`the document has ${errors.length === 1 ? 'an error' : `${errors.length} errors`}`);
  }
}

async function inspect(source: string, url: string | undefined): Promise<DocumentReport> {
  const { body, servedAt, findings } = await readSource(source);
  const told = url ?? servedAt;
  if (body === undefined) return { clientId: told, findings: [...judgeUrl(told), ...findings], document: undefined };
  const judged = judgeDocument(body, told);
  const clientId = told ?? judged.statedClientId;
  return {
    clientId,
    findings: [...judgeUrl(clientId), ...findings, ...assumed(told), ...judged.findings],
    document: judged.document,
  };
}

function judgeUrl(clientId: string | undefined): readonly Finding[] {
  return clientId === undefined ? [] : judgeClientIdUrl(clientId);
}

function assumed(told: string | undefined): readonly Finding[] {
  if (told !== undefined) return [];
  return [
    advice(
      'client-id-is-the-url',
      'was held against itself: give the URL that it will be served at with --url',
      'client_id',
    ),
  ];
}

/** The report for programs. */
function viewReport(source: string, { clientId, findings, document }: DocumentReport): object {
  const view = (kind: Finding['kind']) =>
    ofKind(findings, kind).map(({ rule, member, message }) => ({ rule, member, message, specification: RULES[rule] }));
  const errors = view('error');
  return {
    source,
    clientId,
    isGood: errors.length === 0,
    errors,
    advice: view('advice'),
    document:
      document === undefined ? undefined : { ...document, redirectUris: document.redirectUris.map(({ uri }) => uri) },
  };
}

/** The report for a person. */
function formatReport({ clientId, findings, document }: DocumentReport): string {
  const errors = ofKind(findings, 'error');
  const hints = ofKind(findings, 'advice');
  return [
    ...(clientId === undefined ? [] : [terminalText(clientId, 2048), '']),
    ...formatFindings('Errors', errors),
    ...formatFindings('Advice', hints),
    ...(document === undefined ? [] : ['What an authorization server reads:', formatDocument(document), '']),
    errors.length === 0 ? 'The document is good.' : 'The document is not good yet.',
  ].join('\n');
}

function formatFindings(title: string, findings: readonly Finding[]): readonly string[] {
  if (findings.length === 0) return [];
  return [`${title}:`, ...findings.flatMap(formatFinding), ''];
}

/** For `init`, which says on the way what could be better. */
export function formatFinding({ rule, member, message }: Finding): readonly string[] {
  const subject = member === undefined ? '' : `${terminalText(member, 100)}: `;
  return [`  - ${subject}${terminalText(message, 1000)}`, `      ${rule}: ${RULES[rule]}`];
}

function formatDocument(document: ClientIdMetadataDocument): string {
  const { clientName, clientUri, redirectUris, grantTypes, tokenEndpointAuthMethod } = document;
  return formatFacts([
    ['name', clientName],
    ...(clientUri === undefined ? [] : [['address', clientUri] as const]),
    ['comes back to', redirectUris.map(({ uri }) => uri).join(' ')],
    ['may use', grantTypes.join(' ')],
    ['proves itself by', tokenEndpointAuthMethod === 'none' ? 'nothing (a public client)' : tokenEndpointAuthMethod],
  ]);
}
