import { EXIT_CODE, type ExitCode } from '../program-error.js';
import type { Examination } from './examine.js';
import type { Mode } from './verdict.js';

const SENTENCES: Readonly<Record<Mode, string>> = {
  direct:
    'Your server can be a resource server alone: MCP clients get their tokens from this provider, and the guard in your server verifies them.',
  bridge:
    'Your server needs an authorization server of its own in front (the bridge), which MCP clients talk to in the place of this provider. That is because of:',
  neither: 'Rely on this provider in no way before that is mended:',
  unknown: 'Nothing can be said of this provider: there was no metadata to examine.',
};

/** The verdict in words for a person. */
export function tellMode(examination: Examination): string {
  const { verdict } = examination;
  const sentence = SENTENCES[verdict.mode];
  if (verdict.mode !== 'direct') return sentence;
  const but =
    verdict.isTokenGood === false
      ? ' The sample token would be refused all the same. '
      : isUnverified(examination)
        ? ' Whether the sample token is good is not known: nothing here could verify it. '
        : ' ';
  return verdict.reasons.length === 0 ? `${sentence}${but}`.trimEnd() : `${sentence}${but}What to know:`;
}

/**
 * How the program ends: 0 `direct` (with warnings or without), 3 `bridge`, 4 `direct` but the sample token would be
 * refused, 5 `direct` but nothing could verify the sample token, 1 `neither`, or nothing could be examined.
 */
export function exitCodeOf(examination: Examination): ExitCode {
  const { verdict } = examination;
  switch (verdict.mode) {
    case 'direct':
      if (verdict.isTokenGood === false) return EXIT_CODE.tokenRefused;
      return isUnverified(examination) ? EXIT_CODE.tokenUnverified : EXIT_CODE.ok;
    case 'bridge':
      return EXIT_CODE.bridge;
    case 'neither':
    case 'unknown':
      return EXIT_CODE.failed;
  }
}

/** The last words, for standard error, where the program does not end with 0. */
export function tellEnd(examination: Examination): string {
  const { verdict } = examination;
  switch (verdict.mode) {
    case 'direct':
      return isUnverified(examination)
        ? 'the provider fits, but nothing here could verify the sample token'
        : 'the provider fits, but the sample token would be refused';
    case 'bridge':
      return 'the provider does not fit as the authorization server of MCP clients; a bridge does';
    case 'neither':
      return 'the provider publishes what it has to keep secret: do not rely on it';
    case 'unknown':
      return 'the issuer could not be examined';
  }
}

function isUnverified({ token, verdict }: Examination): boolean {
  return token !== undefined && verdict.isTokenGood === undefined;
}
