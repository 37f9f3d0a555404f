import type { JsonObject } from '@portcullis/protocol';
import type { PresetName } from '@portcullis/resource-server';
import { type Finding, fault, note, pass, quote, warn } from '../finding.js';
import type { PublishedKey } from '../probes/read-keys.js';
import type { DecodedToken } from './decode-token.js';
import { judgeAudience } from './judge-audience.js';
import { judgeByPreset } from './judge-by-preset.js';
import { judgeClient, judgePersonal, judgeScopes, judgeSubject, judgeTenant } from './judge-claims.js';
import { judgeHeader } from './judge-header.js';
import { judgeIssuer, judgeKind, judgeTimes } from './judge-token.js';
import { verifySignature } from './verify-signature.js';

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
  readonly hasIntrospection: boolean;
  readonly nowEpochSeconds: number;
}

/**
 * Judges one access token by names and shapes. What it says of a person is never repeated: the claim is named, its value is
 * described. Asks the provider nothing.
 */
export function probeToken(token: DecodedToken, context: TokenContext): readonly Finding[] {
  switch (token.format) {
    case 'malformed':
      return [fault('token-format', 'it looks like a JWT and is none: one of its three parts cannot be read')];
    case 'jwe':
      return [
        fault(
          'token-format',
          'it is encrypted (JWE, five parts): nobody but the provider reads it, and the guard refuses it',
          {
            advice: 'Switch the encryption of access tokens off for this resource.',
          },
        ),
      ];
    case 'opaque':
      return [judgeOpaque(context)];
    case 'jwt':
      return judgeJwt(token, context);
  }
}

function judgeOpaque({ hasIntrospection }: TokenContext): Finding {
  const words = 'it is opaque: a text that means something to its issuer alone';
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

function judgeJwt(token: Extract<DecodedToken, { readonly format: 'jwt' }>, context: TokenContext): readonly Finding[] {
  const { header, claims } = token;
  const { issuer, resource, preset = 'rfc9068' } = context;
  const findings = [
    pass('token-format', 'it is a signed JWT'),
    ...judgeHeader(header, context.preset),
    judgeSignature(token, context.keys),
    judgeKind(header, claims),
    judgeIssuer(claims, context.issuer),
    judgeAudience(claims, context),
    judgeTimes(claims, context.nowEpochSeconds),
    judgeScopes(claims),
    judgeClient(claims),
    judgeSubject(claims, context.preset),
    judgeTenant(claims),
    ...judgePersonal(claims),
  ];
  // What is refused already would be refused by the preset for the same reason.
  if (resource === undefined || findings.some(({ status }) => status === 'fail')) return findings;
  return [...findings, ...judgeByPreset(header, claims, { issuer, resource, preset })];
}

function judgeSignature(
  {
    header,
    signed,
    signature,
  }: { readonly header: JsonObject; readonly signed: string; readonly signature: Uint8Array },
  keys: readonly PublishedKey[] | undefined,
): Finding {
  const { alg, kid } = header;
  if (keys === undefined) return note('token-signature', 'there were no keys to hold it against');
  if (typeof alg !== 'string') return fault('token-signature', 'the header names no algorithm');
  const named = keys.filter(({ keyId }) => typeof kid === 'string' && keyId === kid);
  if (typeof kid === 'string' && named.length === 0) {
    return fault(
      'token-signature',
      `its key ${quote(kid)} is not among those that the provider publishes: it is of another issuer, or of a key that has gone`,
    );
  }
  const tried = named.length > 0 ? named : keys;
  return tried.some(({ jwk, canVerify }) => canVerify && verifySignature(alg, jwk, signed, signature))
    ? pass('token-signature', 'it is good, by a key that the provider publishes')
    : fault('token-signature', 'it is not good: no key that the provider publishes made it, or the token was changed');
}
