import {
  type ClientProblem,
  checkClient,
  GRANTS_OF_THE_PROVEN,
  usesClientSecret,
} from '@portcullis/authorization-server/rules';
import {
  base64Url,
  type Client,
  type Platform,
  randomSecret,
  type TokenEndpointAuthMethod,
  type TokenExchangePermission,
} from '@portcullis/ports';
import { IN_PLAIN_WORDS } from '../config/describe-issue.js';
import { GRANT_TYPE_ALIASES, inFull, inShort } from '../config/grant-type-names.js';
import { buildClient } from '../config/resolve-client.js';
import { clientSchema } from '../config/schema/client-schema.js';
import { usageError } from '../program-error.js';
import { terminalText } from '../terminal-text.js';
import { readJwksFile } from './read-jwks-file.js';

/** The options of `portcullis clients add`, as parsed from the command line. */
export interface NewClientOptions {
  readonly id?: string;
  readonly redirectUri?: readonly string[];
  readonly grant?: readonly string[];
  readonly scope?: readonly string[];
  readonly public?: boolean;
  readonly secretBasic?: boolean;
  readonly secretPost?: boolean;
  readonly jwksFile?: string;
  readonly jwksUri?: string;
  readonly requirePar?: boolean;
  readonly dpop?: boolean;
  readonly consentRequired?: boolean;
  readonly exchangeFrom?: readonly string[];
  readonly exchangeTo?: readonly string[];
}

/** A client to be stored, and the secret that only its owner will know. */
export interface NewClient {
  readonly client: Client;
  readonly clientSecret: string | undefined;
}

/** Private-use schemes that clients may redirect to, and who says so. */
export interface RedirectSchemes {
  readonly allowed: readonly string[];
  /** The configuration that lists them; undefined where none is at hand. */
  readonly file: string | undefined;
}

/** Which option a part of a client comes from. */
const FLAGS: Readonly<Record<string, string>> = {
  clientId: '--id',
  clientName: 'NAME',
  redirectUris: '--redirect-uri',
  grantTypes: '--grant',
  scopes: '--scope',
  jwks: '--jwks-file',
  jwksUri: '--jwks-uri',
  consentRequired: '--consent-required',
  requirePushedAuthorizationRequests: '--require-par',
  tokenExchange: '--exchange-from, --exchange-to',
};

const EXCHANGE_FLAGS: Readonly<Record<string, string>> = {
  subjectResources: '--exchange-from',
  targetResources: '--exchange-to',
};

/**
 * A registered client from what the command line says. With redirect URIs it is a public one for people, unless a way to
 * prove itself is chosen; a machine client has a secret, unless it has keys. Id and secret are random.
 *
 * @throws {ProgramError} with everything that is wrong (exit code 2), by the same rules as for configured clients
 */
export function buildNewClient(
  clientName: string,
  options: NewClientOptions,
  redirectSchemes: RedirectSchemes,
  platform: Platform,
): NewClient {
  const grantTypes = chooseGrants(options);
  const method = chooseMethod(options, grantTypes);
  const written = {
    clientId: options.id ?? `client_${base64Url(platform.random.bytes(16))}`,
    clientName,
    redirectUris: distinct(options.redirectUri ?? []),
    grantTypes,
    ...(options.scope === undefined ? {} : { scopes: distinct(options.scope) }),
    tokenEndpointAuthMethod: method,
    ...(options.jwksUri === undefined ? {} : { jwksUri: options.jwksUri }),
    ...(options.requirePar === true ? { requirePushedAuthorizationRequests: true } : {}),
    ...(options.dpop === true ? { dpopBoundAccessTokens: true } : {}),
    ...(options.consentRequired === true ? { consentRequired: true } : {}),
    ...tokenExchangeOf(options, grantTypes),
  };
  const parsed = clientSchema.omit({ clientSecret: true, jwks: true }).safeParse(written, IN_PLAIN_WORDS);
  if (!parsed.success) {
    throw usageError(parsed.error.issues.map(({ path, message }) => tell(path.map(String), message)).join('\n'));
  }
  const clientSecret = usesClientSecret(method) ? randomSecret(platform.random, 'pcs_') : undefined;
  const client = buildClient(parsed.data, {
    source: 'registered',
    clientSecretHash: clientSecret === undefined ? undefined : platform.hash(clientSecret),
    jwks: options.jwksFile === undefined ? undefined : readJwksFile(options.jwksFile),
    createdAtEpochSeconds: platform.clock.nowEpochSeconds(),
  });
  const problems = checkClient(client, redirectSchemes.allowed);
  if (problems.length > 0)
    throw usageError(problems.map((problem) => tellProblem(problem, client, redirectSchemes)).join('\n'));
  return { client, clientSecret };
}

/** A rule that a client breaks, by what to change on the command line. */
function tellProblem(
  { member, index, message }: ClientProblem,
  { grantTypes, redirectUris }: Client,
  { file }: RedirectSchemes,
): string {
  if (member === 'redirectUris' && index === undefined) {
    return grantTypes.includes('authorization_code')
      ? '--grant authorization_code sends people back somewhere: add --redirect-uri URI'
      : '--redirect-uri is used by authorization_code alone: add --grant authorization_code, or leave it out';
  }
  if (member === 'tokenEndpointAuthMethod') {
    const grant = grantTypes.find((grantType) => GRANTS_OF_THE_PROVEN.includes(grantType)) ?? 'client_credentials';
    return `--public: ${inShort(grant)} is for clients that prove who they are; give --secret-basic, --secret-post or --jwks-… instead`;
  }
  const said = tell([member], message);
  if (!message.includes('allowedRedirectSchemes')) return said;
  if (file === undefined) return `${said}; give the configuration that does with --config`;
  const uri = redirectUris[index ?? 0] ?? '';
  const scheme = uri.slice(0, Math.max(0, uri.indexOf(':'))).toLowerCase();
  return `${said}: add ${scheme} to allowedRedirectSchemes in ${terminalText(file)}`;
}

function tell([member = '', part]: readonly string[], message: string): string {
  const flag = member === 'tokenExchange' && part !== undefined ? EXCHANGE_FLAGS[part] : FLAGS[member];
  return flag === undefined ? message : `${flag}: ${message}`;
}

function chooseGrants({ grant, redirectUri }: NewClientOptions): readonly string[] {
  if (grant !== undefined) return distinct(grant.map(inFull));
  if (redirectUri !== undefined) return ['authorization_code', 'refresh_token'];
  throw usageError(
    'where may people be sent back to? Give --redirect-uri URI, or --grant client_credentials for a machine, --grant device_code for a device without a browser',
  );
}

/** What `--exchange-from` and `--exchange-to` say. Both are needed, and only by that grant. */
function tokenExchangeOf(
  { exchangeFrom, exchangeTo }: NewClientOptions,
  grantTypes: readonly string[],
): { readonly tokenExchange?: TokenExchangePermission } {
  if (grantTypes.includes(GRANT_TYPE_ALIASES['token-exchange'])) {
    if (exchangeFrom !== undefined && exchangeTo !== undefined) {
      return { tokenExchange: { subjectResources: distinct(exchangeFrom), targetResources: distinct(exchangeTo) } };
    }
    throw usageError(
      '--grant token-exchange: between which resources? Give --exchange-from URL of the one that it serves, and --exchange-to URL of the one that it calls',
    );
  }
  if (exchangeFrom === undefined && exchangeTo === undefined) return {};
  throw usageError('--exchange-from and --exchange-to are for token exchange: add --grant token-exchange');
}

function chooseMethod(options: NewClientOptions, grantTypes: readonly string[]): TokenEndpointAuthMethod {
  const { jwksFile, jwksUri } = options;
  if (jwksFile !== undefined && jwksUri !== undefined) throw usageError('give either --jwks-file or --jwks-uri');
  const chosen = [
    ...(options.public === true ? (['none'] as const) : []),
    ...(options.secretBasic === true ? (['client_secret_basic'] as const) : []),
    ...(options.secretPost === true ? (['client_secret_post'] as const) : []),
    ...(jwksFile === undefined && jwksUri === undefined ? [] : (['private_key_jwt'] as const)),
  ];
  if (chosen.length > 1) {
    throw usageError(
      'a client has one way to prove itself: --public, --secret-basic, --secret-post or keys (--jwks-…)',
    );
  }
  const provesItself = grantTypes.some((grantType) => GRANTS_OF_THE_PROVEN.includes(grantType));
  return chosen[0] ?? (provesItself ? 'client_secret_basic' : 'none');
}

function distinct(values: readonly string[]): string[] {
  return [...new Set(values)];
}
