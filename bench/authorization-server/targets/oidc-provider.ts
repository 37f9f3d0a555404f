import { generateKeyPairSync } from 'node:crypto';
import Provider, { errors } from 'oidc-provider';
import type { TargetModule } from '../../lib/target-module.js';
import {
  CHALLENGE,
  clientCredentialsRequest,
  MACHINE,
  PUBLIC,
  prepareEach,
  RESOURCE,
  redemptionRequest,
  refreshRequest,
  SCOPES,
  SUBJECT,
} from '../workload.js';

/**
 * `oidc-provider`, configured as MCP asks: JWT access tokens for one resource, signed with ES256, PKCE for everybody,
 * refresh tokens rotated each time. Its rows are in plain maps: the cheapest store there is.
 */
export const createTarget: TargetModule['createTarget'] = async ({ origin, benchmark }) => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const provider = new Provider(origin, configuration(privateKey.export({ format: 'jwk' })));
  const client = await provider.Client.find(PUBLIC.clientId);
  const scope = SCOPES.join(' ');

  async function grantedFacts(): Promise<object> {
    const grant = new provider.Grant({ accountId: SUBJECT, clientId: PUBLIC.clientId });
    grant.addResourceScope(RESOURCE, scope);
    return {
      accountId: SUBJECT,
      client,
      grantId: await grant.save(),
      gty: 'authorization_code',
      resource: RESOURCE,
      scope,
      authTime: Math.floor(Date.now() / 1000),
    };
  }

  return {
    listener: provider.callback(),
    prepare: (count) =>
      prepareEach(count, async () => {
        switch (benchmark) {
          case 'client_credentials':
            return clientCredentialsRequest();
          case 'refresh_token': {
            const facts = { ...(await grantedFacts()), rotations: 0 };
            return refreshRequest(await new provider.RefreshToken(facts).save());
          }
          default: {
            const { redirectUri } = PUBLIC;
            const proof = { redirectUri, codeChallenge: CHALLENGE, codeChallengeMethod: 'S256' };
            const facts = { ...(await grantedFacts()), ...proof };
            return redemptionRequest(await new provider.AuthorizationCode(facts).save());
          }
        }
      }),
  };
};

function configuration(signingKey: object): object {
  return {
    adapter: createMapAdapter(),
    jwks: { keys: [{ ...signingKey, alg: 'ES256', use: 'sig' }] },
    cookies: { keys: ['only for this benchmark'] },
    clients: [
      {
        client_id: PUBLIC.clientId,
        redirect_uris: [PUBLIC.redirectUri],
        token_endpoint_auth_method: 'none',
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
      },
      {
        client_id: MACHINE.clientId,
        client_secret: MACHINE.secret,
        redirect_uris: [],
        token_endpoint_auth_method: 'client_secret_basic',
        grant_types: ['client_credentials'],
        response_types: [],
      },
    ],
    clientDefaults: { id_token_signed_response_alg: 'ES256' },
    clientAuthMethods: ['none', 'client_secret_basic'],
    responseTypes: ['code'],
    scopes: ['offline_access', ...SCOPES],
    pkce: { required: () => true },
    issueRefreshToken: async () => true,
    rotateRefreshToken: true,
    expiresWithSession: async () => false,
    findAccount: async (_context: unknown, accountId: string) => ({
      accountId,
      claims: async () => ({ sub: accountId }),
    }),
    ttl: { AccessToken: 600, AuthorizationCode: 600, ClientCredentials: 600, Grant: 86_400, RefreshToken: 86_400 },
    routes: { token: '/token' },
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      dPoP: { enabled: false },
      pushedAuthorizationRequests: { enabled: false },
      rpInitiatedLogout: { enabled: false },
      userinfo: { enabled: false },
      resourceIndicators: {
        enabled: true,
        defaultResource: async () => RESOURCE,
        useGrantedResource: async () => true,
        getResourceServerInfo: async (_context: unknown, resource: string) => {
          if (resource !== RESOURCE) throw new errors.InvalidTarget();
          return {
            scope: SCOPES.join(' '),
            audience: RESOURCE,
            accessTokenFormat: 'jwt',
            jwt: { sign: { alg: 'ES256' } },
          };
        },
      },
    },
  };
}

function createMapAdapter(): new (model: string) => object {
  const rows = new Map<string, Record<string, unknown>>();
  const ofGrant = new Map<string, string[]>();
  return class MapAdapter {
    readonly #prefix: string;

    constructor(model: string) {
      this.#prefix = `${model}:`;
    }

    async upsert(id: string, payload: Record<string, unknown>): Promise<void> {
      const key = this.#prefix + id;
      rows.set(key, payload);
      const { grantId } = payload;
      if (typeof grantId === 'string') ofGrant.set(grantId, [...(ofGrant.get(grantId) ?? []), key]);
    }

    async find(id: string): Promise<Record<string, unknown> | undefined> {
      return rows.get(this.#prefix + id);
    }

    async consume(id: string): Promise<void> {
      const row = rows.get(this.#prefix + id);
      if (row !== undefined) row['consumed'] = Math.floor(Date.now() / 1000);
    }

    async destroy(id: string): Promise<void> {
      rows.delete(this.#prefix + id);
    }

    async revokeByGrantId(grantId: string): Promise<void> {
      for (const key of ofGrant.get(grantId) ?? []) rows.delete(key);
      ofGrant.delete(grantId);
    }
  };
}
