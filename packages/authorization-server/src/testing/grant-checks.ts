import type { AuditEventType, Client } from '@portcullis/ports';
import { nodePlatform } from '@portcullis/ports/node';
import { TOKEN_EXCHANGE_GRANT_TYPE } from '@portcullis/protocol';
import { checkClient } from '../clients/check-client.js';
import type { AuthorizationServerOptions, WorkloadIdentity } from '../options.js';
import { OTHER_KEY, type ProofKey } from './dpop-proofs.js';
import { FILES, type Form, MAIL, resources } from './fixtures.js';
import { platform, provider } from './identity-provider.js';
import type { TestServer } from './test-server.js';

/** What one check of a grant is held against: one thing that is not as it was, or that the request has wrong. */
export type GrantCheck =
  /** Another configuration on the same store: what was refused under it is good again under the old one. */
  | {
      readonly kind: 'world';
      readonly change: (client: Client, grantType: string) => Partial<AuthorizationServerOptions>;
      /** The client as the store has it then. @defaultValue not at all */
      readonly stored?: (client: Client) => Client;
    }
  /** Another request: the good one still works afterwards. */
  | {
      readonly kind: 'request';
      readonly form: Form;
      /** Who presents it. @defaultValue the client that it is of */
      readonly clientId?: string;
      /** Whether the client proves who it is. @defaultValue true */
      readonly isProven?: boolean;
    }
  /** What it takes is bound to a key, and the request has another proof, or none: it is good again with the right one. */
  | { readonly kind: 'bound'; readonly key: ProofKey | undefined }
  /** Something that happened since, and is not taken back unless `undo` is there. */
  | {
      readonly kind: 'act';
      readonly act: (test: TestServer, subject: string) => Promise<(() => void) | undefined>;
    };

const only = (client: Client): Partial<AuthorizationServerOptions> => ({ configuredClients: [client] });
const isOther = ({ identifier }: { readonly identifier: string }): boolean =>
  identifier !== FILES && identifier !== MAIL;
const listOnly = { scopes: [{ name: 'files:list', description: 'list' }], defaultScopes: ['files:list'] };

/** Every check that a way to tokens has to make. A new one does not compile until every path has its answer. */
export const GRANT_CHECKS = {
  'the client is gone': { kind: 'world', change: () => ({ configuredClients: [] }) },
  'the client has another secret': {
    kind: 'world',
    change: (client) => only({ ...client, clientSecretHash: nodePlatform.hash('another') }),
  },
  'the client has another method': {
    kind: 'world',
    change: (client) => only({ ...client, tokenEndpointAuthMethod: 'client_secret_post' }),
  },
  'the client has become easier to pass for': { kind: 'world', change: (client) => only(madePublic(client)) },
  'the client may no longer use the grant': {
    kind: 'world',
    change: (client, grantType) => only(withGrants(client, (one) => one !== grantType)),
  },
  'the client may have bound tokens alone': {
    kind: 'world',
    change: (client) => only({ ...client, dpopBoundAccessTokens: true }),
  },
  'nobody vouches for the client': {
    kind: 'world',
    change: () => ({ configuredClients: [] }),
    stored: (client) => ({ ...client, source: 'dynamic' }),
  },
  'the resource is gone': { kind: 'world', change: () => ({ resources: resources.filter(isOther) }) },
  'the scope is gone from the resource': {
    kind: 'world',
    change: () => ({ resources: resources.map((resource) => ({ ...resource, ...listOnly })) }),
  },
  'the scope is gone from the client': {
    kind: 'world',
    change: (client) => only({ ...client, scopes: ['files:write'] }),
  },
  'only the resource that it leads to is gone': {
    kind: 'world',
    change: () => ({ resources: resources.filter(({ identifier }) => identifier !== MAIL) }),
  },
  'its issuer is out of the configuration': {
    kind: 'world',
    change: () => ({ assertionIssuers: [{ ...provider, issuer: 'https://another.test' }] }),
  },
  'no identity has its claims any more': {
    kind: 'world',
    change: () => withIdentity({ claims: { sub: 'repo:octo/other' } }),
  },
  'the resource is gone from its identity': { kind: 'world', change: () => withIdentity({ resources: [MAIL] }) },
  'the scope is gone from its identity': { kind: 'world', change: () => withIdentity({ scopes: ['files:list'] }) },
  'what it takes is bound to a key that nothing proves': { kind: 'bound', key: undefined },
  'what it takes is bound to another key': { kind: 'bound', key: OTHER_KEY },
  'the client proves nothing': { kind: 'request', form: {}, isProven: false },
  'another client presents it': { kind: 'request', form: { client_id: 'other' }, clientId: 'other' },
  'it is for a resource that is not ours': { kind: 'request', form: { resource: 'https://other.test/mcp' } },
  'it is for two resources': { kind: 'request', form: { resource: [FILES, MAIL] } },
  'it asks for more than was granted': { kind: 'request', form: { scope: 'files:read files:write' } },
  'its scope is malformed': { kind: 'request', form: { scope: 'files:read  files:write' } },
  'its resource is malformed': { kind: 'request', form: { resource: 'files' } },
  'it names another redirect': { kind: 'request', form: { redirect_uri: 'https://app.test/other' } },
  'its issuer is switched off': {
    kind: 'act',
    act: async (test) => {
      const { assertionIssuers } = test.storage;
      for (const { issuer } of [provider, platform]) {
        const disabled = event(test, 'assertion_issuer.disabled');
        await assertionIssuers.disable('default', issuer, [], revocation(test), disabled);
      }
      return undefined;
    },
  },
  'the user is disabled': {
    kind: 'act',
    act: async (test, subject) => {
      const { users } = test.storage;
      await users.disable('default', subject, revocation(test), event(test, 'user.disabled'));
      return undefined;
    },
  },
  'the user is removed': {
    kind: 'act',
    act: async (test, subject) => {
      await test.storage.users.remove('default', subject, revocation(test), event(test, 'user.removed'));
      return undefined;
    },
  },
  'the user is gone though nothing ended the grant': { kind: 'act', act: async (test) => hideUser(test) },
  'the user took the client off their account': {
    kind: 'act',
    act: async (test, subject) => {
      const named = ['default', subject, 'all'] as const;
      await test.storage.grants.disconnect(...named, revocation(test), event(test, 'consent.withdrawn'));
      return undefined;
    },
  },
  'the user took the client off their account just after their consent was read': {
    kind: 'act',
    act: async (test, subject) => {
      const { consents, grants } = test.storage;
      const found = await consents.find('default', subject, 'all', FILES);
      await grants.disconnect('default', subject, 'all', revocation(test), event(test, 'consent.withdrawn'));
      consents.find = async () => found;
      return undefined;
    },
  },
  'the grant is revoked': {
    kind: 'act',
    act: async (test, subject) => {
      const { grants } = test.storage;
      const { now, markLifetimeSeconds } = revocation(test);
      for (const { grant } of await grants.listOfUser('default', subject, now)) {
        await grants.revoke('default', grant.grantId, now, markLifetimeSeconds, event(test, 'grant.revoked'));
      }
      return undefined;
    },
  },
} as const satisfies Readonly<Record<string, GrantCheck>>;

/** The name of a check. */
export type GrantCheckName = keyof typeof GRANT_CHECKS;

/** What is answered to a request that fails a check, or why there is nothing that could fail. */
export type GrantAnswer = readonly [status: number, error: string, reason: string] | { readonly doesNotApply: string };

/** What a path answers to each check. */
export type GrantAnswers = Readonly<Record<GrantCheckName, GrantAnswer>>;

/** The platform with its last identity alone, changed. */
function withIdentity(changes: Partial<WorkloadIdentity>): Partial<AuthorizationServerOptions> {
  return {
    assertionIssuers: [
      { ...platform, identities: platform.identities.slice(1).map((one) => ({ ...one, ...changes })) },
    ],
  };
}

/** The client with some of its grants, and with what only those need. */
function withGrants(client: Client, isKept: (grantType: string) => boolean): Client {
  const { tokenExchange, ...row } = client;
  const kept = client.grantTypes.filter(isKept);
  const grantTypes = kept.some((one) => isOpenToAll(one) && one !== 'refresh_token')
    ? kept
    : kept.filter((one) => one !== 'refresh_token');
  const redirects = grantTypes.includes('authorization_code');
  const exchanges = grantTypes.includes(TOKEN_EXCHANGE_GRANT_TYPE) && tokenExchange !== undefined;
  return {
    ...row,
    grantTypes,
    redirectUris: redirects ? client.redirectUris : [],
    ...(exchanges ? { tokenExchange } : {}),
  };
}

/** The client as one that proves nothing, with those of its grants that it may have then. */
export function madePublic(client: Client): Client {
  const unproven = { tokenEndpointAuthMethod: 'none', clientSecretHash: undefined } as const;
  return { ...withGrants(client, isOpenToAll), ...unproven };
}

/** Whether a client that proves nothing may have a grant. */
function isOpenToAll(grantType: string): boolean {
  const client = { tokenEndpointAuthMethod: 'none', grantTypes: [grantType], clientId: 'x', redirectUris: [] } as const;
  const problems = checkClient(client as unknown as Client, []);
  return problems.every(({ member }) => member !== 'tokenEndpointAuthMethod');
}

function event({ clock }: TestServer, type: AuditEventType) {
  return { type, outcome: 'allowed', tenantId: 'default', occurredAtEpochSeconds: clock.now } as const;
}

function revocation({ clock }: TestServer) {
  return { now: clock.now, markLifetimeSeconds: 630 };
}

/** Disables the user in what the store says of them and in nothing else. */
function hideUser({ storage }: TestServer): () => void {
  const { users, grants } = storage;
  const { findBySubject } = users;
  const { findByRefreshToken } = grants;
  users.findBySubject = async (...named) => {
    const user = await findBySubject(...named);
    return user && { ...user, disabled: true };
  };
  grants.findByRefreshToken = async (...named) => {
    const found = await findByRefreshToken(...named);
    return found && { ...found, userGone: true };
  };
  return () => {
    users.findBySubject = findBySubject;
    grants.findByRefreshToken = findByRefreshToken;
  };
}
