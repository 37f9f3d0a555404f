import { readFileSync } from 'node:fs';
import { fail, type JsonObject, type Result } from '@portcullis/protocol';
import type { AccessTokenFailure } from '../../access-token.js';
import type { TokenContext, TokenFacts, TokenHeader, TrustedIssuer } from '../../issuers/trusted-issuer.js';
import { readFacts } from '../../verification/apply-rules.js';
import { auth0 } from '../auth0.js';
import { authentik } from '../authentik.js';
import { cognito } from '../cognito.js';
import { entra } from '../entra.js';
import { google } from '../google.js';
import { keycloak } from '../keycloak.js';
import { logto } from '../logto.js';
import { okta } from '../okta.js';
import { ping } from '../ping.js';
import { portcullis } from '../portcullis.js';
import type { PresetName } from '../preset.js';
import { rfc9068 } from '../rfc9068.js';
import { workos } from '../workos.js';
import { zitadel } from '../zitadel.js';

/** The resource that the recorded access tokens are for. */
export const RESOURCE = 'https://mcp.example.com/files';

/** A token before it is signed, or, without a header, what the issuer says of one (RFC 7662). */
export interface RecordedToken {
  readonly header?: JsonObject;
  readonly claims: JsonObject;
}

/**
 * The tokens of `recorded/PRESET.json` by their kinds: shaped as the provider documents them, with invented identifiers.
 * All have `accessToken`, `m2mToken`, `idToken` and `otherApiToken`.
 */
export function recordedTokens(preset: PresetName): Readonly<Record<string, RecordedToken>> {
  const { source: _, ...tokens } = JSON.parse(
    readFileSync(new URL(`../recorded/${preset}.json`, import.meta.url), 'utf8'),
  );
  return tokens;
}

/** One of {@link recordedTokens}. */
export function recordedToken(preset: PresetName, kind: string): RecordedToken {
  const token = recordedTokens(preset)[kind];
  if (token === undefined) throw new Error(`There is no ${kind} of ${preset}`);
  return token;
}

/** Every preset as the recordings want it configured. */
export const TRUSTED: Readonly<Record<PresetName, TrustedIssuer>> = {
  rfc9068: rfc9068('https://as.example.net'),
  portcullis: portcullis({ issuer: 'https://auth.example.com/t/acme', tenantId: 'acme' }),
  okta: okta({ issuer: 'https://acme.okta.com/oauth2/aus9k3x7pQ2LmN4t5d7' }),
  entra: entra({
    tenant: 'aaaabbbb-0000-cccc-1111-dddd2222eeee',
    api: '00001111-aaaa-2222-bbbb-3333cccc4444',
  }),
  cognito: cognito({
    region: 'eu-central-1',
    userPoolId: 'eu-central-1_Ex4mpl3',
    clients: ['1example23456789', '2example98765432'],
  }),
  auth0: auth0({ issuer: 'https://acme.eu.auth0.com/' }),
  keycloak: keycloak({ issuer: 'https://sso.example.com/realms/acme' }),
  google: google({
    serviceAccounts: { '113774264463038321964': ['files:read'], '104029292853099978293': ['files:write'] },
  }),
  ping: ping({ issuer: 'https://auth.pingone.eu/bbbbcccc-1111-2222-3333-ddddeeeeffff/as' }),
  workos: workos({ issuer: 'https://imaginative-palm-54.authkit.app' }),
  logto: logto({ issuer: 'https://acme.logto.app/oidc' }),
  zitadel: zitadel({
    issuer: 'https://acme-x1y2z3.zitadel.cloud',
    projectId: '201982826478953724',
    verification: { method: 'introspection', clientId: 'api', clientSecret: 'a secret of tests' },
  }),
  authentik: authentik({
    issuer: 'https://id.example.com/application/o/files/',
    clientId: 'KJ2h4kjh23k4jhk23jh4',
  }),
};

/** Applies the rules of an issuer as whoever verifies a token does, all but signature, key and time. */
export function applyRules(trusted: TrustedIssuer, token: RecordedToken): Result<TokenFacts, AccessTokenFailure> {
  return token.claims['iss'] === trusted.issuer
    ? applyRulesWhoeverIssued(trusted, token)
    : fail({ reason: 'wrong_issuer' });
}

/** As {@link applyRules}, for a token of any issuer. */
export function applyRulesWhoeverIssued(
  { issuer, rules }: TrustedIssuer,
  { header, claims }: RecordedToken,
): Result<TokenFacts, AccessTokenFailure> {
  const context: TokenContext = { issuer, resource: RESOURCE };
  if (header === undefined) return readFacts(rules, claims, context);
  const { alg, kid, typ } = header;
  const parsed: TokenHeader = {
    algorithm: String(alg),
    keyId: String(kid),
    type: typeof typ === 'string' ? typ.toLowerCase() : undefined,
    members: header,
  };
  if (!rules.algorithms.includes(parsed.algorithm)) return fail({ reason: 'algorithm_not_allowed' });
  if (!rules.types.includes(parsed.type)) return fail({ reason: 'wrong_type' });
  const refusal = rules.checkHeader?.(parsed);
  return refusal === undefined ? readFacts(rules, claims, { ...context, header: parsed }) : fail(refusal);
}

/** Members to set, and, where undefined, to take away. */
export type Change = Readonly<Record<string, unknown>>;

/** A copy of a token with other claims, or another header. */
export function change(token: RecordedToken, claims: Change, header: Change = {}): RecordedToken {
  const changed = { claims: changeObject(token.claims, claims) };
  return token.header === undefined ? changed : { ...changed, header: changeObject(token.header, header) };
}

/** What the rules make of a recorded token with a change: `accepted`, or why not, with the claim that is at fault. */
export function verdictOn(
  preset: PresetName | readonly [PresetName, TrustedIssuer],
  kind: string,
  claims: Change = {},
  header: Change = {},
): string {
  const [name, trusted] = typeof preset === 'string' ? [preset, TRUSTED[preset]] : preset;
  const read = applyRules(trusted, change(recordedToken(name, kind), claims, header));
  if (read.ok) return 'accepted';
  return 'claim' in read.failure ? `${read.failure.reason} ${read.failure.claim}` : read.failure.reason;
}

/** What the rules make of a recorded token that is accepted. */
export function factsOf(
  preset: PresetName | readonly [PresetName, TrustedIssuer],
  kind: string,
  claims: Change = {},
): TokenFacts {
  const [name, trusted] = typeof preset === 'string' ? [preset, TRUSTED[preset]] : preset;
  const read = applyRules(trusted, change(recordedToken(name, kind), claims));
  if (!read.ok) throw new Error(`Refused: ${read.failure.reason}`);
  return read.value;
}

function changeObject(object: JsonObject, changes: Change): JsonObject {
  // By way of JSON, which has no members that are undefined.
  return JSON.parse(JSON.stringify({ ...object, ...changes }));
}
