import { PRESETS } from '@portcullis/resource-server';
import { terminalText } from '../terminal-text.js';
import { alternativeFor, type Configuration, configurationFor, stepsFor } from './configuration.js';
import type { Examination } from './examine.js';
import { CHECKS, type Check, type Finding, type Status } from './finding.js';
import { tellMode } from './tell-verdict.js';
import { wrapText } from './wrap-text.js';

/** How a report is laid out. */
export interface ReportLayout {
  readonly colour: boolean;
  /** Characters of a line. */
  readonly width: number;
}

const SECTIONS: readonly (readonly [title: string, checks: readonly Check[]])[] = [
  ['The issuer and its metadata', ['address', 'certificate', 'metadata', 'issuer', 'same-documents']],
  [
    'How people sign in',
    ['endpoints', 'pkce', 'iss-parameter', 'pushed-requests', 'grants', 'client-proof', 'refresh-tokens'],
  ],
  ['How clients come to be known', ['client-documents', 'registration']],
  ['How tokens are verified', ['keys', 'keys-origin', 'key-ids', 'no-secret-keys', 'introspection']],
  ['For whom tokens are', ['provider', 'resource', 'recipient']],
  [
    'The sample token',
    [
      'token-format',
      'token-header',
      'token-signature',
      'token-kind',
      'token-issuer',
      'token-audience',
      'token-times',
      'token-binding',
      'token-scopes',
      'token-client',
      'token-subject',
      'token-tenant',
      'token-rules',
    ],
  ],
];

/** Words, so that they are told apart without colour. */
const MARKS: Readonly<Record<Status, { readonly word: string; readonly colour: number }>> = {
  pass: { word: 'ok', colour: 32 },
  note: { word: 'note', colour: 36 },
  warn: { word: 'warn', colour: 33 },
  fail: { word: 'FAIL', colour: 31 },
};

const MARK_WIDTH = 6;
const TITLE_WIDTH = Math.max(...Object.values(CHECKS).map(({ title }) => title.length)) + 2;
const MAX_MESSAGE = 1200;
const MAX_LINE = 4096;

/** The report for a person. Everything in it that is the provider's is cleaned (CX-03). */
export function formatReport(examination: Examination, { colour, width }: ReportLayout): string {
  const style = (code: number, text: string): string => (colour ? `\u001b[${code}m${text}\u001b[0m` : text);
  const bold = (text: string): string => style(1, text);
  const { issuer, preset, findings, verdict } = examination;

  const formatFinding = ({ check, status, message, advice }: Finding): string => {
    const { word, colour: code } = MARKS[status];
    const indent = ' '.repeat(2 + MARK_WIDTH + TITLE_WIDTH);
    const title = CHECKS[check].title.padEnd(TITLE_WIDTH);
    const text = wrapText(terminalText(message, MAX_MESSAGE), width, indent);
    const todo =
      advice === undefined
        ? []
        : [`${indent}${style(2, wrapText(`→ ${terminalText(advice, MAX_MESSAGE)}`, width, indent))}`];
    return [`  ${style(code, word.padEnd(MARK_WIDTH))}${title}${text}`, ...todo].join('\n');
  };

  const sections = SECTIONS.flatMap(([title, checks]) => {
    const inside = checks.flatMap((check) => findings.filter((finding) => finding.check === check));
    return inside.length === 0 ? [] : ['', bold(title), ...inside.map(formatFinding)];
  });
  const item = (mark: string, text: string): string =>
    `  ${mark} ${wrapText(terminalText(text, MAX_MESSAGE), width, ' '.repeat(mark.length + 3))}`;
  const paragraph = (text: string): string => wrapText(terminalText(text, MAX_MESSAGE), width, '');
  const formatConfiguration = (title: string, configuration: Configuration | undefined): readonly string[] =>
    configuration === undefined
      ? []
      : [
          '',
          bold(title),
          ...configuration.remarks.map(paragraph),
          '',
          ...configuration.code.split('\n').map((line) => `    ${terminalText(line, MAX_LINE)}`.trimEnd()),
        ];
  const configuration = configurationFor(examination);
  const alternative = alternativeFor(examination);
  const steps = stepsFor(examination);
  const title = preset === undefined ? 'the provider' : PRESETS[preset].title;
  const modeWord = verdict.mode === 'unknown' ? 'not examined' : verdict.mode;
  return [
    bold(terminalText(issuer, MAX_LINE)),
    `${preset === undefined ? 'A provider of no known kind' : title}. Verdict: ${bold(modeWord)}`,
    ...sections,
    '',
    bold(`Verdict: ${modeWord}`),
    paragraph(tellMode(examination)),
    ...verdict.reasons.map(({ check, message }) => item('-', `${CHECKS[check].title}: ${message}`)),
    ...formatConfiguration(
      configuration?.language === 'shell' ? 'The bridge, today' : 'Configuration, to paste',
      configuration,
    ),
    ...formatConfiguration('Without the bridge, for some clients alone', alternative),
    ...(steps.length === 0
      ? []
      : [
          '',
          bold(`Steps at ${title}${verdict.mode === 'bridge' ? ', for a server without the bridge' : ''}`),
          ...steps.map((step, index) => item(`${index + 1}.`.padStart(3), step)),
        ]),
  ].join('\n');
}
