import { PRESETS, type PresetName } from '@portcullis/resource-server';
import type { Check, Finding, Obstacle } from './finding.js';

/**
 * How a server can use a provider. `direct`: as a resource server alone, whose clients get their tokens from the provider.
 * `bridge`: behind an authorization server of its own. `neither`: not while the provider is as it is. `unknown`: the
 * provider could not be examined.
 */
export type Mode = 'direct' | 'bridge' | 'neither' | 'unknown';

/** Why, tied to what was found. */
export interface Reason {
  readonly check: Check;
  readonly message: string;
}

/** What comes of all findings. */
export interface Verdict {
  readonly mode: Mode;
  /** What decided; for `direct`, why the sample token is refused, and what it costs. */
  readonly reasons: readonly Reason[];
  /** Whether a guard would take the sample token; undefined where none was given, or nothing here could verify it. */
  readonly isTokenGood: boolean | undefined;
}

/** What a verdict is made from. */
export interface VerdictFacts {
  readonly findings: readonly Finding[];
  readonly preset: PresetName | undefined;
  /** Whether there was metadata to believe. Without, nothing else can be known. */
  readonly wasExamined: boolean;
  readonly hasToken: boolean;
  /** Whether the signature of the sample token was found good. */
  readonly wasVerified: boolean;
}

/**
 * Decides. What rules out everything comes first, then what rules out `direct`. Where nothing does, `bridge` remains for
 * providers whose preset recommends it, unless a sample token showed that it goes directly.
 */
export function decide({ findings, preset, wasExamined, hasToken, wasVerified }: VerdictFacts): Verdict {
  const isRefused = findings.some(({ check, status }) => status === 'fail' && isOfToken(check));
  const isTokenGood = !hasToken ? undefined : isRefused ? false : wasVerified ? true : undefined;
  if (!wasExamined) return { mode: 'unknown', reasons: reasonsOf(findings.filter(isFail)), isTokenGood };
  const ruledOut = (obstacle: Obstacle): readonly Finding[] => findings.filter(({ rulesOut }) => rulesOut === obstacle);
  const everything = ruledOut('both');
  if (everything.length > 0) return { mode: 'neither', reasons: reasonsOf(everything), isTokenGood };
  const obstacles = ruledOut('direct');
  if (obstacles.length > 0) return { mode: 'bridge', reasons: reasonsOf(obstacles), isTokenGood };
  const provider = preset === undefined ? undefined : PRESETS[preset];
  if (provider?.recommended === 'bridge' && isTokenGood !== true) {
    return {
      mode: 'bridge',
      reasons: [
        {
          check: 'provider',
          message: `${provider.direct.condition} A good sample token (--token-stdin) would show that it goes directly.`,
        },
      ],
      isTokenGood,
    };
  }
  const refusals = findings.filter((finding) => isFail(finding) && isOfToken(finding.check));
  const costs = findings.filter(({ status, check }) => status === 'warn' && !isOfToken(check));
  return { mode: 'direct', reasons: reasonsOf([...refusals, ...costs]), isTokenGood };
}

/** Whether a check is one of the sample token. */
export function isOfToken(check: Check): boolean {
  return check.startsWith('token-');
}

function isFail({ status }: Finding): boolean {
  return status === 'fail';
}

function reasonsOf(findings: readonly Finding[]): readonly Reason[] {
  return findings.map(({ check, message }) => ({ check, message }));
}
