import type { JsonObject, JsonValue } from '@portcullis/protocol';
import { examineToken, type PresetName, type TokenExamination, type TokenRules } from '@portcullis/resource-server';
import { type Finding, fault, pass, warn } from '../finding.js';
import type { PublishedKey } from '../probes/read-keys.js';
import { audiencesOf, judgeAudience } from './judge-audience.js';
import { judgeBinding } from './judge-binding.js';
import { judgeByPreset } from './judge-by-preset.js';
import { judgeClient, judgePersonal, judgeScopes, judgeSubject, judgeTenant } from './judge-claims.js';
import { judgeHeader } from './judge-header.js';
import { judgeSignature } from './judge-signature.js';
import { judgeIssuer, judgeKind, judgeTimes } from './judge-token.js';
import { setUpPreset } from './preset-rules.js';

/** What a sample token is held against. */
export interface TokenContext {
  /** The issuer by its own name. */
  readonly issuer: string;
  /** Undefined where the operator named none. */
  readonly resource: string | undefined;
  /** Undefined where the provider is not known. */
  readonly preset: PresetName | undefined;
  /** Undefined where none could be had. */
  readonly keys: readonly PublishedKey[] | undefined;
  /** The document that they are in. */
  readonly jwkSet: JsonValue | undefined;
  readonly hasIntrospection: boolean;
  readonly nowEpochSeconds: number;
}

/** What was found out about a sample token. */
export interface TokenProbe {
  readonly examination: TokenExamination;
  readonly findings: readonly Finding[];
}

/**
 * Has one access token examined by the steps that a guard takes, and puts words to them, by names and shapes. What it says
 * of a person is never repeated: the claim is named, its value is described. Asks the provider nothing.
 */
export async function probeToken(token: string, context: TokenContext): Promise<TokenProbe> {
  const { issuer, resource, jwkSet, nowEpochSeconds } = context;
  const examination = await examineToken(token, {
    issuer,
    resource,
    jwkSet,
    nowEpochSeconds,
    rulesFor: (claims) => rulesFor(claims, context),
  });
  return { examination, findings: findingsOn(examination, context) };
}

/** The rules as the printed configuration has them; undefined where it needs more than a token tells. */
function rulesFor(claims: JsonObject, { issuer, preset = 'rfc9068' }: TokenContext): TokenRules | undefined {
  const { client_id: clientId } = claims;
  const setUp = setUpPreset(preset, {
    issuer,
    audiences: audiencesOf(claims) ?? [],
    clientId: typeof clientId === 'string' ? clientId : undefined,
  });
  return setUp === undefined || 'refusal' in setUp || setUp.trusted.issuer !== issuer ? undefined : setUp.trusted.rules;
}

function findingsOn(examination: TokenExamination, context: TokenContext): readonly Finding[] {
  switch (examination.kind) {
    case 'refused':
      return [tellUnread(examination.failure.reason)];
    case 'opaque':
      return [judgeOpaque(context)];
    case 'signed':
      return judgeSigned(examination, context);
  }
}

function tellUnread(reason: string): Finding {
  return reason === 'encrypted'
    ? fault(
        'token-format',
        'it is encrypted (JWE, five parts): nobody but the provider reads it, and the guard refuses it',
        {
          advice: 'Switch the encryption of access tokens off for this resource.',
        },
      )
    : fault('token-format', 'it looks like a JWT and is none: one of its three parts cannot be read');
}

/** Presets whose configuration can ask the provider about tokens; all others take JWTs alone. */
const ASKING_PRESETS: readonly (PresetName | undefined)[] = [undefined, 'rfc9068', 'zitadel'];

function judgeOpaque({ hasIntrospection, preset }: TokenContext): Finding {
  const words = 'it is opaque: a text that means something to its issuer alone';
  if (!ASKING_PRESETS.includes(preset)) {
    return fault('token-format', `${words}, and the preset ${preset} takes signed JWTs alone`, {
      advice: 'Most providers issue JWTs once the resource is registered there and asked for: the steps below say how.',
    });
  }
  if (hasIntrospection) {
    return warn('token-format', `${words}. The guard has to ask the provider about each one (RFC 7662)`, {
      advice:
        'Give the guard a client that may introspect; or have the provider issue JWTs for this resource, which needs no question.',
    });
  }
  return fault('token-format', `${words}, and the provider has no introspection endpoint: nobody here can verify it`, {
    advice: 'Many providers issue JWTs once the resource is registered there and asked for.',
  });
}

function judgeSigned(
  examination: Extract<TokenExamination, { readonly kind: 'signed' }>,
  context: TokenContext,
): readonly Finding[] {
  const { header, claims, binding, rules, steps, verification } = examination;
  const { preset } = context;
  const findings = [
    pass('token-format', 'it is a signed JWT'),
    ...judgeHeader(header, steps.header, rules, preset),
    judgeSignature(header, steps.signature, context.keys),
    judgeKind(steps.header, claims),
    judgeIssuer(claims, context.issuer),
    judgeAudience(claims, context),
    judgeTimes(claims, steps.times, context.nowEpochSeconds),
    ...judgeBinding(binding, claims, rules),
    judgeScopes(claims),
    judgeClient(claims),
    judgeSubject(claims, preset),
    judgeTenant(claims),
    ...judgePersonal(claims),
  ];
  if (verification === undefined) return findings;
  const byPreset = judgeByPreset(verification, preset ?? 'rfc9068');
  // The guard has the last word: what it takes is no failure, however it looks.
  if (verification.ok) return [...findings.map((finding) => (isFail(finding) ? soften(finding) : finding)), byPreset];
  // What is refused already is refused by the preset for the same reason.
  return findings.some(isFail) ? findings : [...findings, byPreset];
}

function isFail({ status }: Finding): boolean {
  return status === 'fail';
}

function soften(finding: Finding): Finding {
  return { ...finding, status: 'warn', message: `${finding.message}. The guard takes it all the same` };
}
