import { createHash, generateKeyPairSync } from 'node:crypto';
import { authorizeByForms, FormBrowser } from '../../support/form-browser.js';
import { startOracle } from '../../support/oracle.js';
import { ALICE } from '../../support/own-server.js';
import {
  CLIENTS,
  type ClientKind,
  DEFAULT_SCOPE,
  FILES,
  INTROSPECTOR,
  MAIL,
  ORACLE_CLIENTS,
  SCOPES,
} from '../clients.js';
import { startJudgedServer } from '../judged-server.js';
import { authenticationOf } from './authentication.js';
import { type Draft, sendDraft } from './draft.js';

/** A PKCE pair that belongs together. */
export const VERIFIER = 'v'.repeat(43);
export const CHALLENGE = createHash('sha256').update(VERIFIER).digest('base64url');

/** The tokens of one grant. */
export interface Tokens {
  readonly accessToken: string;
  readonly refreshToken: string;
}

/** One of the two servers that are compared, with a signed-in user. */
export interface Contestant {
  readonly name: 'ours' | 'the oracle';
  readonly origin: string;
  /** The id of a client here. */
  clientId(client: ClientKind): string;
  /** A fresh code that the user approved, for `files:read` and `files:write`, by default at the files resource. */
  obtainCode(client: ClientKind, resource?: string): Promise<string>;
  /** The tokens of a fresh code. */
  obtainTokens(client: ClientKind, resource?: string): Promise<Tokens>;
  /** Cookies of a browser in which the user is signed in. */
  signedInCookies(): Promise<string>;
  /** What it could not answer. Empty, unless a server is broken. */
  faults(): readonly string[];
  close(): Promise<void>;
}

/** Starts ours. */
export async function startOurs(): Promise<Contestant> {
  const server = await startJudgedServer();
  const faults = (): string[] =>
    server.events.filter(({ outcome }) => outcome === 'failed').map(({ type, detail }) => `${type}: ${detail}`);
  return enter('ours', { ...server, faults });
}

/** Starts `oidc-provider`. */
export async function startTheOracle(): Promise<Contestant> {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const oracle = await startOracle({
    clients: ORACLE_CLIENTS,
    resources: { [FILES]: SCOPES, [MAIL]: SCOPES },
    introspectors: { [INTROSPECTOR.clientId]: FILES },
    signingKey: { ...privateKey.export({ format: 'jwk' }), alg: 'ES256', use: 'sig' },
    defaultScope: DEFAULT_SCOPE,
  });
  return enter('the oracle', { ...oracle, faults: () => oracle.faults.map(String) });
}

async function enter(
  name: Contestant['name'],
  server: { readonly origin: string; faults(): readonly string[]; close(): Promise<void> },
): Promise<Contestant> {
  const { origin } = server;
  const browser = new FormBrowser(origin);
  const dynamicClientId = await register(origin, CLIENTS.dynamic);
  const contestant: Contestant = {
    name,
    origin,
    clientId: (client) => client.clientId ?? dynamicClientId,
    async obtainCode(client, resource = FILES) {
      const url = `${origin}/authorize?${new URLSearchParams({
        client_id: contestant.clientId(client),
        redirect_uri: client.redirectUri,
        response_type: 'code',
        code_challenge: CHALLENGE,
        code_challenge_method: 'S256',
        resource,
        scope: SCOPES.join(' '),
      })}`;
      const location = await authorizeByForms(browser, url, ALICE);
      const code = location.searchParams.get('code');
      if (code === null) throw new Error(`${name} gave ${client.name} no code: ${location}`);
      return code;
    },
    async obtainTokens(client, resource) {
      const redemption = await redemptionOf(contestant, client, resource);
      const response = await sendDraft(origin, redemption);
      const body = (await response.json()) as Record<string, string>;
      if (response.status !== 200) throw new Error(`${name} gave ${client.name} no tokens: ${JSON.stringify(body)}`);
      return { accessToken: body['access_token'] ?? '', refreshToken: body['refresh_token'] ?? '' };
    },
    async signedInCookies() {
      if (browser.cookieHeader === '') await contestant.obtainCode(CLIENTS.public);
      return browser.cookieHeader;
    },
    faults: server.faults,
    close: server.close,
  };
  return contestant;
}

/** The right redemption of a fresh code. */
export async function redemptionOf(contestant: Contestant, client: ClientKind, resource?: string): Promise<Draft> {
  const draft: Draft = {
    method: 'POST',
    path: '/token',
    headers: {},
    query: [],
    form: [
      ['grant_type', 'authorization_code'],
      ['code', await contestant.obtainCode(client, resource)],
      ['redirect_uri', client.redirectUri],
      ['code_verifier', VERIFIER],
    ],
  };
  return authenticationOf(client)(draft, contestant);
}

async function register(origin: string, client: ClientKind): Promise<string> {
  const response = await fetch(`${origin}/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      client_name: client.name,
      redirect_uris: client.redirectUris,
      token_endpoint_auth_method: client.method,
      grant_types: client.grantTypes,
      response_types: ['code'],
    }),
  });
  const body = (await response.json()) as Record<string, string>;
  if (response.status !== 201) throw new Error(`${origin} registers nobody: ${JSON.stringify(body)}`);
  return body['client_id'] ?? '';
}
