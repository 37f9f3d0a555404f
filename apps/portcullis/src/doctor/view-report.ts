import { PRESETS } from '@portcullis/resource-server';
import { alternativeFor, type Configuration, configurationFor, stepsFor } from './configuration.js';
import type { Examination } from './examine.js';
import { CHECKS, type Check, type Status } from './finding.js';
import { exitCodeOf } from './tell-verdict.js';
import type { Mode } from './verdict.js';

/** What `--json` prints. Members are added between versions, and neither removed nor changed in meaning. */
export interface ReportView {
  /** As it was given. */
  readonly asked: string;
  /** As the provider names it; the same, or with another slash at its end. */
  readonly issuer: string;
  readonly resource: string | null;
  readonly preset: {
    /** The rules that fit; `rfc9068` where the provider was not recognised. */
    readonly name: string;
    readonly title: string;
    readonly chosenBy: 'option' | 'issuer' | 'none';
    /** The weakest proof of a recipient that may have to do: `audience`, or `resource_scopes`, which is weak. */
    readonly recipientProof: string;
  };
  /** Every address of metadata, in the order that MCP clients look. */
  readonly metadata: readonly {
    readonly url: string;
    readonly isTriedByClients: boolean;
    /** `found`, `absent`, `redirect`, `status`, `no_json` or `no_answer`. */
    readonly outcome: string;
    readonly issuer: string | null;
  }[];
  readonly findings: readonly {
    readonly check: Check;
    readonly status: Status;
    readonly message: string;
    readonly advice: string | null;
    readonly specification: string;
  }[];
  /** Null where no token was given. Never the token, nor a value of a claim. */
  readonly token: {
    readonly format: string;
    readonly header: readonly string[];
    readonly claims: readonly string[];
    /** Null where nothing here could verify it. */
    readonly isGood: boolean | null;
  } | null;
  readonly verdict: {
    readonly mode: Mode;
    readonly reasons: readonly { readonly check: Check; readonly message: string }[];
  };
  /** Null where no mode fits. */
  readonly configuration: Configuration | null;
  /** For `bridge` where some clients can use the provider directly: the configuration of a server for those. */
  readonly alternative: Configuration | null;
  /** What to do at the provider so that its tokens fit a server without the bridge, in order. */
  readonly steps: readonly string[];
  /** What the program ends with. */
  readonly exitCode: number;
}

/** The report for programs. */
export function viewReport(examination: Examination): ReportView {
  const { asked, issuer, resource, preset = 'rfc9068', presetChoice, answers, findings, token, verdict } = examination;
  const { title, recipientProof } = PRESETS[preset];
  return {
    asked,
    issuer,
    resource: resource ?? null,
    preset: { name: preset, title, chosenBy: presetChoice, recipientProof },
    metadata: answers.map(({ location, fetched, issuer: named }) => ({
      url: location.url,
      isTriedByClients: location.isTriedByClients,
      outcome: fetched.kind,
      issuer: named ?? null,
    })),
    findings: findings.map(({ check, status, message, advice }) => ({
      check,
      status,
      message,
      advice: advice ?? null,
      specification: CHECKS[check].rule,
    })),
    token:
      token === undefined
        ? null
        : {
            format: token.format,
            header: token.headerNames,
            claims: token.claimNames,
            isGood: verdict.isTokenGood ?? null,
          },
    verdict: { mode: verdict.mode, reasons: verdict.reasons },
    configuration: configurationFor(examination) ?? null,
    alternative: alternativeFor(examination) ?? null,
    steps: stepsFor(examination),
    exitCode: exitCodeOf(examination),
  };
}
