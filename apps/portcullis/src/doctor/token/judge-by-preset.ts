import type { JsonObject } from '@portcullis/protocol';
import type {
  AccessTokenFailure,
  PresetName,
  TokenFacts,
  TokenHeader,
  TrustedIssuer,
} from '@portcullis/resource-server';
import { type Finding, fault, list, pass } from '../finding.js';
import { audiencesOf } from './judge-audience.js';
import { setUpPreset } from './preset-rules.js';

/** What a token's claims are held against. */
export interface PresetContext {
  readonly issuer: string;
  readonly resource: string;
  readonly preset: PresetName;
}

const REASONS: Readonly<Partial<Record<AccessTokenFailure['reason'], string>>> = {
  algorithm_not_allowed: 'the algorithm is none that this kind of provider uses',
  wrong_type: 'typ is none that this kind of provider gives to access tokens',
  wrong_audience: 'nothing in it proves that it is for this server',
  wrong_client: 'its client is none that may call',
  wrong_tenant: 'it is of another tenant',
  sender_constrained: 'it is bound to a key (DPoP or a certificate), and the guard takes bearer tokens',
};

/**
 * Holds a token against the rules of the preset, set up as the printed configuration is: header and claims. Signature and
 * times are judged elsewhere. Empty where the configuration needs more than a token tells.
 */
export function judgeByPreset(header: JsonObject, claims: JsonObject, context: PresetContext): readonly Finding[] {
  const { issuer, preset } = context;
  const { client_id: clientId } = claims;
  const audiences = audiencesOf(claims) ?? [];
  const setUp = setUpPreset(preset, {
    issuer,
    audiences,
    clientId: typeof clientId === 'string' ? clientId : undefined,
  });
  if (setUp === undefined || 'refusal' in setUp || setUp.trusted.issuer !== issuer) return [];
  const read = readBy(setUp.trusted, header, claims, context);
  if (!('reason' in read)) return [pass('token-rules', tellFacts(read))];
  const words = REASONS[read.reason] ?? read.reason.replaceAll('_', ' ');
  const claim = 'claim' in read ? `: ${read.claim}` : '';
  return [
    fault('token-rules', `the preset ${preset} refuses it: ${words}${claim}`, {
      advice:
        'The steps below say what tokens have to be like. Where they cannot be, another preset may be meant (--preset).',
    }),
  ];
}

function readBy(
  { rules, issuer }: TrustedIssuer,
  members: JsonObject,
  claims: JsonObject,
  { resource }: PresetContext,
): TokenFacts | AccessTokenFailure {
  const { alg, kid, typ } = members;
  const header: TokenHeader = {
    algorithm: typeof alg === 'string' ? alg : '',
    keyId: typeof kid === 'string' ? kid : '',
    type: typeof typ === 'string' ? typ.toLowerCase() : undefined,
    members,
  };
  if (!rules.algorithms.includes(header.algorithm)) return { reason: 'algorithm_not_allowed' };
  if (!rules.types.includes(header.type)) return { reason: 'wrong_type' };
  const refusal = rules.checkHeader?.(header);
  if (refusal !== undefined) return refusal;
  const facts = rules.readClaims(claims, { issuer, resource, header });
  return facts.ok ? facts.value : facts.failure;
}

/** What a tool would know of its caller: nothing of a person. */
function tellFacts({ scopes, permissions = [], groups, tenantId }: TokenFacts): string {
  const told = [
    scopes.length === 0 ? 'no scopes' : `scopes ${list(scopes)}`,
    `${permissions.length === 0 ? 'no' : permissions.length} permissions`,
    groups === undefined ? 'groups not known' : `${groups.length} groups`,
    tenantId === undefined ? 'no tenant' : 'a tenant',
  ];
  return `the guard takes it with the configuration below, and tells tools: ${told.join('; ')}`;
}
