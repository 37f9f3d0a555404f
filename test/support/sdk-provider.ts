import { randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { OAuthRegisteredClientsStore } from '@modelcontextprotocol/sdk/server/auth/clients.js';
import {
  InvalidGrantError,
  InvalidScopeError,
  InvalidTargetError,
  InvalidTokenError,
} from '@modelcontextprotocol/sdk/server/auth/errors.js';
import type { AuthorizationParams, OAuthServerProvider } from '@modelcontextprotocol/sdk/server/auth/provider.js';
import type { AuthInfo } from '@modelcontextprotocol/sdk/server/auth/types.js';
import type {
  OAuthClientInformationFull,
  OAuthTokenRevocationRequest,
  OAuthTokens,
} from '@modelcontextprotocol/sdk/shared/auth.js';
import type { FormPerson } from './form-browser.js';

const ACCESS_TOKEN_SECONDS = 600;

/** What a person let a client do. */
interface Grant {
  readonly client: OAuthClientInformationFull;
  readonly params: AuthorizationParams;
  isOver: boolean;
}

interface AccessToken {
  readonly grant: Grant;
  readonly expiresAt: number;
}

/**
 * What the SDK's `mcpAuthRouter` asks of whoever uses it, done as it has to be: a person who is asked for a password and
 * for consent; codes that are used once; refresh tokens that are used once, the second use of which ends the grant; tokens
 * for one resource and the scopes that were agreed to. In memory.
 */
export class SdkProvider implements OAuthServerProvider {
  readonly #clients = new Map<string, OAuthClientInformationFull>();
  readonly #requests = new Map<string, Grant>();
  readonly #codes = new Map<string, Grant>();
  readonly #accessTokens = new Map<string, AccessToken>();
  readonly #refreshTokens = new Map<string, { readonly grant: Grant; isSpent: boolean }>();

  constructor(
    readonly resource: string,
    readonly scopes: readonly string[],
    readonly person: FormPerson,
    /** Where the page of {@link authorize} sends its form. */
    readonly decisionPath: string,
  ) {}

  get clientsStore(): OAuthRegisteredClientsStore {
    return {
      getClient: (clientId) => this.#clients.get(clientId),
      registerClient: (client) => {
        const registered = client as OAuthClientInformationFull;
        this.#clients.set(registered.client_id, registered);
        return registered;
      },
    };
  }

  /** Loses a client, as a server does that was set up anew. */
  forgetClient(clientId: string): void {
    this.#clients.delete(clientId);
  }

  async authorize(
    client: OAuthClientInformationFull,
    params: AuthorizationParams,
    response: ServerResponse,
  ): Promise<void> {
    if (params.resource?.href !== this.resource) throw new InvalidTargetError('There is no such resource here');
    if (!(params.scopes ?? []).every((scope) => this.scopes.includes(scope))) {
      throw new InvalidScopeError('There is no such scope here');
    }
    const request = newToken();
    this.#requests.set(request, { client, params, isOver: false });
    const form = `<form method="post" action="${this.decisionPath}"><input type="hidden" name="request" value="${request}">
      <input type="text" name="username"><input type="password" name="password"><button>Approve</button></form>`;
    response.writeHead(200, { 'content-type': 'text/html' }).end(form);
  }

  /** What the person sent: where the browser goes next; undefined where it was not this person, or nobody asked. */
  decide(form: URLSearchParams): string | undefined {
    const request = form.get('request') ?? '';
    const grant = this.#requests.get(request);
    const { username, password } = this.person;
    if (grant === undefined || form.get('username') !== username || form.get('password') !== password) return undefined;
    this.#requests.delete(request);
    const code = newToken();
    this.#codes.set(code, grant);
    const url = new URL(grant.params.redirectUri);
    url.searchParams.set('code', code);
    if (grant.params.state !== undefined) url.searchParams.set('state', grant.params.state);
    return url.href;
  }

  async challengeForAuthorizationCode(client: OAuthClientInformationFull, code: string): Promise<string> {
    return this.#codeOf(client, code).params.codeChallenge;
  }

  async exchangeAuthorizationCode(
    client: OAuthClientInformationFull,
    code: string,
    _codeVerifier?: string,
    redirectUri?: string,
    resource?: URL,
  ): Promise<OAuthTokens> {
    const grant = this.#codeOf(client, code);
    this.#codes.delete(code);
    if (redirectUri !== grant.params.redirectUri) throw new InvalidGrantError('Another redirect_uri');
    this.#checkResource(resource);
    return this.#issue(grant);
  }

  async exchangeRefreshToken(
    client: OAuthClientInformationFull,
    refreshToken: string,
    _scopes?: string[],
    resource?: URL,
  ): Promise<OAuthTokens> {
    const found = this.#refreshTokens.get(refreshToken);
    if (found === undefined || found.grant.client.client_id !== client.client_id || found.grant.isOver) {
      throw new InvalidGrantError('The refresh token is not valid');
    }
    if (found.isSpent) {
      found.grant.isOver = true;
      throw new InvalidGrantError('The refresh token was used before');
    }
    this.#checkResource(resource);
    found.isSpent = true;
    return this.#issue(found.grant);
  }

  async verifyAccessToken(token: string): Promise<AuthInfo> {
    const found = this.#accessTokens.get(token);
    if (found === undefined || found.grant.isOver) throw new InvalidTokenError('The token is not valid');
    const { client, params } = found.grant;
    return {
      token,
      clientId: client.client_id,
      scopes: params.scopes ?? [],
      expiresAt: found.expiresAt,
      resource: new URL(this.resource),
    };
  }

  async revokeToken(client: OAuthClientInformationFull, { token }: OAuthTokenRevocationRequest): Promise<void> {
    const grant = this.#refreshTokens.get(token)?.grant ?? this.#accessTokens.get(token)?.grant;
    if (grant?.client.client_id === client.client_id) grant.isOver = true;
  }

  #codeOf(client: OAuthClientInformationFull, code: string): Grant {
    const grant = this.#codes.get(code);
    if (grant === undefined || grant.client.client_id !== client.client_id) {
      throw new InvalidGrantError('The code is not valid');
    }
    return grant;
  }

  #checkResource(resource: URL | undefined): void {
    if (resource?.href !== this.resource) throw new InvalidTargetError('The grant is for another resource');
  }

  #issue(grant: Grant): OAuthTokens {
    const [accessToken, refreshToken] = [newToken(), newToken()];
    const expiresAt = Math.floor(Date.now() / 1000) + ACCESS_TOKEN_SECONDS;
    this.#accessTokens.set(accessToken, { grant, expiresAt });
    this.#refreshTokens.set(refreshToken, { grant, isSpent: false });
    return {
      access_token: accessToken,
      token_type: 'bearer',
      expires_in: ACCESS_TOKEN_SECONDS,
      refresh_token: refreshToken,
      scope: (grant.params.scopes ?? []).join(' '),
    };
  }
}

function newToken(): string {
  return randomBytes(24).toString('base64url');
}
