import { parseEndpointUrl, UNSAFE_CHARACTERS } from '@portcullis/protocol';
import { PRESETS, type PresetName } from '@portcullis/resource-server';
import { PROGRAM_NAME } from '../program-name.js';
import { shellWord } from '../shell-word.js';
import type { Examination } from './examine.js';

/** Something to paste, and what it is. */
export interface Configuration {
  readonly language: 'typescript' | 'shell';
  readonly code: string;
  /** What has to be known before it is pasted. */
  readonly remarks: readonly string[];
}

/** Stands for a server that the operator did not name. */
const UNNAMED_RESOURCE = 'https://YOUR_SERVER/mcp';
/** Begins what says that tokens are asked about, here and in what presets print. */
const ASKED = "method: 'introspection',";
/** A guard that nobody puts in front of anything guards nothing. */
const NEXT = '// app.use(expressGuard(resource)), or another adapter: docs/resource-server.md';
/** What may be put into a string literal as it is. */
const PLAIN = /^[A-Za-z0-9._-]{1,128}$/;

/** What to paste for what was found fit; undefined where nothing is. */
export function configurationFor(examination: Examination): Configuration | undefined {
  switch (examination.verdict.mode) {
    case 'direct':
      return directConfiguration(examination);
    case 'bridge':
      return bridgeConfiguration(examination.resource);
    case 'neither':
    case 'unknown':
      return undefined;
  }
}

/**
 * The other way, where the bridge fits better but the provider can serve some clients directly: what a server for those
 * alone is configured with. Undefined elsewhere.
 */
export function alternativeFor(examination: Examination): Configuration | undefined {
  const { preset, verdict } = examination;
  if (verdict.mode !== 'bridge' || preset === undefined || PRESETS[preset].direct.possible !== 'if') return undefined;
  const { language, code, remarks } = directConfiguration(examination);
  return { language, code, remarks: [PRESETS[preset].direct.condition, ...remarks] };
}

/** What to do at the provider so that its tokens fit, in order. */
export function stepsFor(examination: Examination): readonly string[] {
  const { preset, resource, verdict } = examination;
  if (verdict.mode === 'neither' || verdict.mode === 'unknown') return [];
  if (isAskedAbout(examination)) return STEPS_TO_ASK;
  const { steps } = PRESETS[preset ?? 'rfc9068'];
  return resource === undefined
    ? steps
    : steps.map((step) => step.replace(' resources add URL ', () => ` resources add ${shellWord(resource)} `));
}

/** The steps of RFC 9068 are of JWTs, and where the guard asks about opaque tokens they are other ones. */
const STEPS_TO_ASK: readonly string[] = [
  'Register the resource, so that its URL becomes the `aud` of what the provider answers about access tokens.',
  'Register a confidential client for your server that may introspect tokens (RFC 7662): its client id is RESOURCE_SERVER_ID, and its secret goes into the environment of your server as RESOURCE_SERVER_SECRET.',
];

/** Whether the guard is to ask the provider about each token, by the rules of RFC 9068. */
function isAskedAbout({ preset = 'rfc9068', token, introspectionEndpoint }: Examination): boolean {
  return preset === 'rfc9068' && token?.format === 'opaque' && introspectionEndpoint !== undefined;
}

function directConfiguration(examination: Examination): Configuration {
  const { issuer, resource = UNNAMED_RESOURCE, preset = 'rfc9068' } = examination;
  const jwksUri = jwksUriElsewhere(examination);
  const target = { issuer, resource, ...(jwksUri === undefined ? {} : { jwksUri }) };
  const pasted = fillIn(PRESETS[preset].codeOf(target), examination);
  const verified = preset === 'rfc9068' ? withVerification(pasted, examination, jwksUri) : pasted;
  const code = withEndpoint(verified, examination);
  return {
    language: 'typescript',
    code: `${code.trimEnd()}\n${NEXT}`,
    remarks: [
      ...(examination.resource === undefined
        ? ['Put the public URL of your server in the place of the resource, exactly as clients call it.']
        : []),
      ...(/[A-Z]+_[A-Z_]+/.test(code.replaceAll(UNNAMED_RESOURCE, ''))
        ? ['What is in CAPITALS only you know: the steps below say where it is found.']
        : []),
      ...elsewhereRemarks(examination, code),
      ...weakRemark(examination, preset),
    ],
  };
}

/** A guard takes keys and endpoints of another origin from configuration alone. */
function jwksUriElsewhere({ areKeysElsewhere, jwksUri }: Examination): string | undefined {
  return areKeysElsewhere && jwksUri !== undefined && parseEndpointUrl(jwksUri).ok ? jwksUri : undefined;
}

/** Presets of providers that have their keys elsewhere know it. */
function elsewhereRemarks(examination: Examination, code: string): readonly string[] {
  const { presetChoice } = examination;
  const jwksUri = jwksUriElsewhere(examination);
  if (code.includes(' introspectionEndpoint: ')) {
    return [
      "The introspection endpoint lies at another origin than the issuer, and gets every token and the secret below: check that it is the provider's before you use it.",
    ];
  }
  if (code.includes(' jwksUri: ')) {
    return [
      "The keys lie at another origin than the issuer: check that the jwksUri below is the provider's before you use it.",
    ];
  }
  return jwksUri === undefined || presetChoice !== 'option'
    ? []
    : [
        `The keys lie at another origin than the issuer (${jwksUri}), which the guard takes from its configuration alone.`,
      ];
}

/** The weaker proof is never printed as if it were the rule: whoever wants it writes it. */
function weakRemark({ token }: Examination, preset: PresetName): readonly string[] {
  if (preset !== 'cognito' || token?.format !== 'jwt' || token.audiences.length > 0) return [];
  return [
    "Your token has no aud. It is taken only with recipientProof: 'resource_scopes' among the options of cognito, which is WEAK: turn on resource binding if you can.",
  ];
}

/** The rules of RFC 9068 with what the metadata and the sample token ask for beside the issuer. */
function withVerification(code: string, examination: Examination, jwksUri: string | undefined): string {
  const { issuer } = examination;
  const verification = isAskedAbout(examination)
    ? `{ ${ASKED} clientId: 'RESOURCE_SERVER_ID', clientSecret: process.env['RESOURCE_SERVER_SECRET'] ?? '' }`
    : jwksUri === undefined
      ? undefined
      : `{ method: 'signature', jwksUri: ${literal(jwksUri)} }`;
  if (verification === undefined) return code;
  const bare = `rfc9068(${literal(issuer)})`;
  return code.replace(
    bare,
    () => `rfc9068({\n    issuer: ${literal(issuer)},\n    verification: ${verification},\n  })`,
  );
}

/** Names the endpoint that is asked about tokens, where the guard would not take it from the metadata. */
function withEndpoint(code: string, { issuer, introspectionEndpoint }: Examination): string {
  if (introspectionEndpoint === undefined || !parseEndpointUrl(introspectionEndpoint).ok) return code;
  if (new URL(introspectionEndpoint).origin === new URL(issuer).origin) return code;
  return code.replace(ASKED, () => `${ASKED} introspectionEndpoint: ${literal(introspectionEndpoint)},`);
}

/** A text as a literal of TypeScript, as `codeOf` writes them. What the provider wrote stays inside it. */
function literal(text: string): string {
  return `'${JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'").replace(UNSAFE_CHARACTERS, '')}'`;
}

/** What the sample token shows is not asked of the operator again. */
function fillIn(code: string, { preset, token }: Examination): string {
  const [audience] = token?.audiences.length === 1 ? token.audiences : [];
  const known: readonly (readonly [placeholder: string, value: string | undefined])[] = [
    ['API_APPLICATION_ID', preset === 'entra' ? audience : undefined],
    ['PROVIDER_CLIENT_ID', preset === 'authentik' ? audience : undefined],
    ["'CLIENT_ID'", preset === 'cognito' && token?.clientId !== undefined ? quoted(token.clientId) : undefined],
  ];
  return known.reduce(
    (text, [placeholder, value]) =>
      value !== undefined && PLAIN.test(value.replace(/^'|'$/g, '')) ? text.replace(placeholder, () => value) : text,
    code,
  );
}

function quoted(text: string): string {
  return `'${text}'`;
}

/** What a gate of this version does: it is an authorization server, with accounts of its own. */
function bridgeConfiguration(resource: string | undefined): Configuration {
  const url = resource === undefined ? undefined : new URL(resource);
  const publicUrl = url === undefined ? 'https://YOUR_SERVER' : url.origin;
  const [, name] = /^\/([^/]+)\/mcp$/.exec(url?.pathname ?? '') ?? [];
  const named = name === undefined ? '' : ` --name ${shellWord(name)}`;
  return {
    language: 'shell',
    code: [
      `${PROGRAM_NAME} gateway --upstream http://127.0.0.1:3001/mcp${named} --public-url ${shellWord(publicUrl)}`,
      `${PROGRAM_NAME} users add alice`,
    ].join('\n'),
    remarks: [
      'This version of the gate is the authorization server that MCP clients need (PKCE, CIMD, registration, tokens for your server alone), but it signs people in with accounts of its own. Sign-in through this provider is not in it yet.',
      'What works today is a gate with its own users, where --upstream is the address that your server listens at:',
    ],
  };
}
