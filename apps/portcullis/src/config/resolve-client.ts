import { checkClient } from '@portcullis/authorization-server/rules';
import type { Client, TokenEndpointAuthMethod } from '@portcullis/ports';
import { nodePlatform } from '@portcullis/ports/node';
import { DEFAULT_TENANT } from '@portcullis/protocol';
import type { ConfigProblem } from './config-problem.js';
import { tellOtherForm } from './kind-of-keys.js';
import type { ClientInput } from './schema/client-schema.js';
import { checkClientSecret, readSecret, type SecretSource } from './secret-source.js';

/** Stands for a secret or a key that is written down and cannot be had. It never gets further: its problem ends the start. */
const UNREAD = '';

/** A configured client as the authorization server knows clients: of its secret only the hash goes on. */
export function resolveClient(
  input: ClientInput,
  source: SecretSource,
  redirectSchemes: readonly string[],
  report: (problem: ConfigProblem) => void,
): Client {
  const found: ConfigProblem[] = [];
  const clientSecretHash = secretHashOf(input, source, found);
  const client = buildClient(input, {
    source: 'configured',
    clientSecretHash,
    jwks: jwksOf(input, source, found),
    createdAtEpochSeconds: 0,
  });
  const unread = found.map(({ path }) => path[0]);
  // What cannot be looked up is said already, and counts as being there: the rules would only say the same again.
  const problems = problemsOf(client, redirectSchemes).filter(({ path }) => !unread.includes(path[0]));
  for (const problem of [...found, ...problems]) report(problem);
  return client;
}

/** What a client is besides what was written of it. */
export type ClientFacts = Pick<Client, 'source' | 'clientSecretHash' | 'jwks' | 'createdAtEpochSeconds'>;

/** A client from what an operator wrote, with the defaults of what was left out. Checks nothing. */
export function buildClient(input: Omit<ClientInput, 'clientSecret' | 'jwks'>, facts: ClientFacts): Client {
  const { clientId, clientName, redirectUris, grantTypes, scopes, jwksUri } = input;
  const hasKeys = facts.jwks !== undefined || jwksUri !== undefined;
  return {
    ...facts,
    tenantId: DEFAULT_TENANT,
    clientId,
    clientName,
    redirectUris,
    tokenEndpointAuthMethod:
      input.tokenEndpointAuthMethod ?? defaultMethod({ hasKeys, hasSecret: facts.clientSecretHash !== undefined }),
    jwksUri,
    grantTypes: [...new Set(grantTypes)],
    scopes,
    applicationType: redirectUris.every((uri) => uri.startsWith('https:')) ? 'web' : 'native',
    clientUri: undefined,
    ...extrasOf(input),
    document: undefined,
  };
}

/** What is left out where nobody says: the authorization server has its defaults. */
type Extras = Pick<
  Client,
  'requirePushedAuthorizationRequests' | 'dpopBoundAccessTokens' | 'consentRequired' | 'tokenExchange'
>;

function extrasOf(input: Omit<ClientInput, 'clientSecret' | 'jwks'>): Extras {
  const { requirePushedAuthorizationRequests, dpopBoundAccessTokens, consentRequired, tokenExchange } = input;
  return {
    ...(requirePushedAuthorizationRequests === undefined ? {} : { requirePushedAuthorizationRequests }),
    ...(dpopBoundAccessTokens === undefined ? {} : { dpopBoundAccessTokens }),
    ...(consentRequired === undefined ? {} : { consentRequired }),
    ...(tokenExchange === undefined ? {} : { tokenExchange }),
  };
}

/** How a client proves itself where nobody says. */
export function defaultMethod(has: {
  readonly hasKeys: boolean;
  readonly hasSecret: boolean;
}): TokenEndpointAuthMethod {
  if (has.hasKeys) return 'private_key_jwt';
  return has.hasSecret ? 'client_secret_basic' : 'none';
}

function problemsOf(client: Client, redirectSchemes: readonly string[]): readonly ConfigProblem[] {
  return checkClient(client, redirectSchemes).map(({ member, index, message }) => ({
    path: [member === 'clientSecretHash' ? 'clientSecret' : member, ...(index === undefined ? [] : [index])],
    message,
  }));
}

function secretHashOf({ clientSecret }: ClientInput, source: SecretSource, found: ConfigProblem[]): string | undefined {
  if (clientSecret === undefined) return undefined;
  const secret = readSecret(clientSecret, source);
  const problem = secret.ok ? checkClientSecret(secret.value) : secret.failure;
  if (problem !== undefined) found.push({ path: ['clientSecret'], message: problem });
  return secret.ok && problem === undefined ? nodePlatform.hash(secret.value) : UNREAD;
}

function jwksOf({ jwks }: ClientInput, source: SecretSource, found: ConfigProblem[]): string | undefined {
  if (jwks === undefined) return undefined;
  if ('keys' in jwks) return JSON.stringify(jwks);
  const text = readSecret(jwks, source);
  const problem = text.ok ? tellOtherForm(text.value) : text.failure;
  if (text.ok && problem === undefined) return text.value;
  if (problem !== undefined) found.push({ path: ['jwks'], message: problem });
  return UNREAD;
}
