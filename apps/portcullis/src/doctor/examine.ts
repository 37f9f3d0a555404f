import type { JsonObject } from '@portcullis/protocol';
import { type PresetName, presetOfIssuer } from '@portcullis/resource-server';
import { type Finding, note, pass } from './finding.js';
import type { ProbeContext } from './probe-context.js';
import { textOf } from './probes/fetch-document.js';
import { probeIntrospection } from './probes/probe-introspection.js';
import { probeKeys } from './probes/probe-keys.js';
import { type LocationAnswer, probeMetadata } from './probes/probe-metadata.js';
import { type PresetChoice, probeProvider } from './probes/probe-provider.js';
import { probeRegistration } from './probes/probe-registration.js';
import { probeResource } from './probes/probe-resource.js';
import { probeSignIn } from './probes/probe-sign-in.js';
import { audiencesOf } from './token/judge-audience.js';
import { probeToken, type TokenProbe } from './token/probe-token.js';
import { decide, type Verdict } from './verdict.js';

/** What is examined. */
export interface ExamineRequest {
  /** The server that the provider's tokens are to open; undefined where none was named. */
  readonly resource: string | undefined;
  /** Chosen by name; undefined to recognise it. */
  readonly preset: PresetName | undefined;
  /** A sample access token. It is in no finding. */
  readonly token: string | undefined;
  readonly nowEpochSeconds: number;
}

/** What a sample token showed that configuration needs. */
export interface TokenSample {
  readonly format: 'jwt' | 'jwe' | 'opaque' | 'malformed';
  /** Names of the header and of the claims, and no values. */
  readonly headerNames: readonly string[];
  readonly claimNames: readonly string[];
  readonly audiences: readonly string[];
  readonly clientId: string | undefined;
}

/** What was learnt of a provider. */
export interface Examination {
  /** As it was asked for. */
  readonly asked: string;
  /** By its own name, which is `asked`, or differs by the slash at its end. */
  readonly issuer: string;
  readonly resource: string | undefined;
  readonly preset: PresetName | undefined;
  readonly presetChoice: PresetChoice;
  readonly answers: readonly LocationAnswer[];
  readonly jwksUri: string | undefined;
  readonly areKeysElsewhere: boolean;
  readonly introspectionEndpoint: string | undefined;
  readonly findings: readonly Finding[];
  readonly token: TokenSample | undefined;
  readonly verdict: Verdict;
}

/** Asks a provider all that can be asked without an account there, and judges what came. Resolves in every case. */
export async function examine(context: ProbeContext, request: ExamineRequest): Promise<Examination> {
  const { resource, token } = request;
  const probed = await probeMetadata(context);
  const { metadata, issuer, answers } = probed;
  const recognised = presetOfIssuer(issuer, metadata);
  const preset = request.preset ?? recognised;
  const presetChoice = request.preset !== undefined ? 'option' : recognised === undefined ? 'none' : 'issuer';
  const keys = metadata === undefined ? undefined : await probeKeys(context, metadata, issuer);
  const introspectionEndpoint = metadata === undefined ? undefined : textOf(metadata, 'introspection_endpoint');
  const wasReached = answers.some(({ fetched }) => fetched.kind !== 'no_answer');
  const probe =
    token === undefined
      ? undefined
      : await probeToken(token, {
          issuer,
          resource,
          preset,
          keys: keys?.keys,
          jwkSet: keys?.jwkSet,
          hasIntrospection: introspectionEndpoint !== undefined,
          nowEpochSeconds: request.nowEpochSeconds,
        });
  const ofToken = probe?.findings ?? [];
  const sample = probe === undefined ? undefined : sampleOf(probe);
  const isProven = ofToken.some(({ check, status }) => check === 'token-audience' && status === 'pass');
  const findings = [
    judgeAddress(context.issuer),
    ...judgeCertificate(context.issuer, wasReached),
    ...probed.findings,
    ...(metadata === undefined ? [] : ofMetadata(metadata, issuer)),
    ...(keys?.findings ?? []),
    ...(metadata === undefined
      ? []
      : [
          probeIntrospection(metadata),
          probeResource(metadata, { preset, resource, isProven, audiences: sample?.audiences ?? [] }),
        ]),
    ...probeProvider(preset, presetChoice, issuer, metadata),
    ...ofToken,
  ];
  return {
    asked: context.issuer,
    issuer,
    resource,
    preset,
    presetChoice,
    answers,
    jwksUri: keys?.jwksUri,
    areKeysElsewhere: keys?.isElsewhere ?? false,
    introspectionEndpoint,
    findings,
    token: sample,
    verdict: decide({
      findings,
      preset,
      wasExamined: metadata !== undefined,
      hasToken: probe !== undefined,
      wasVerified: wasVerified(probe),
    }),
  };
}

function ofMetadata(metadata: JsonObject, issuer: string): readonly Finding[] {
  return [...probeSignIn(metadata, issuer), ...probeRegistration(metadata)];
}

function judgeAddress(issuer: string): Finding {
  return issuer.startsWith('https:')
    ? pass('address', 'https')
    : note('address', 'http, on this computer: good for development, and refused anywhere else');
}

function judgeCertificate(issuer: string, wasReached: boolean): readonly Finding[] {
  return issuer.startsWith('https:') && wasReached
    ? [pass('certificate', 'it is for this host, has not ended, and is signed by somebody who is trusted here')]
    : [];
}

/** An opaque token is for its issuer to judge; a signed one is verified where a published key made it. */
function wasVerified(probe: TokenProbe | undefined): boolean {
  return probe?.examination.kind === 'signed' && probe.examination.steps.signature.ok;
}

function sampleOf({ examination }: TokenProbe): TokenSample {
  const { header, claims } = examination.kind === 'signed' ? examination : { header: {}, claims: {} as JsonObject };
  const clientId = claims['client_id'];
  return {
    format: formatOf(examination),
    headerNames: Object.keys(header),
    claimNames: Object.keys(claims),
    audiences: audiencesOf(claims) ?? [],
    clientId: typeof clientId === 'string' ? clientId : undefined,
  };
}

function formatOf(examination: TokenProbe['examination']): TokenSample['format'] {
  switch (examination.kind) {
    case 'signed':
      return 'jwt';
    case 'opaque':
      return 'opaque';
    case 'refused':
      return examination.failure.reason === 'encrypted' ? 'jwe' : 'malformed';
  }
}
