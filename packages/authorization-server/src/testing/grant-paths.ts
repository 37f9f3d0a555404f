import type { Client } from '@portcullis/ports';
import { nodePlatform } from '@portcullis/ports/node';
import { DEVICE_CODE_GRANT_TYPE, JWT_BEARER_GRANT_TYPE, TOKEN_EXCHANGE_GRANT_TYPE } from '@portcullis/protocol';
import type { AuthorizationServerOptions } from '../options.js';
import { subjectAtIssuer } from '../sign-in/subject-at-issuer.js';
import { PROOF_KEY, proofHeader } from './dpop-proofs.js';
import { clients, configuredClient, FILES, type Form, MAIL, SECRET } from './fixtures.js';
import {
  DECIDED_BEFORE,
  LEADS_NOWHERE,
  NO_CLIENT,
  NOT_BY_ASSERTION,
  NOT_OF_A_USER,
  NOT_OF_A_WORKLOAD,
  UNBOUND,
  UNKNOWN_CLIENT,
} from './grant-answers.js';
import type { GrantAnswers } from './grant-checks.js';
import { byAssertion, platform, provider, signIdJag, signWorkloadToken } from './identity-provider.js';
import { obtainCode, redemption, refreshing, type Tokens } from './test-client.js';
import { type DeviceCodes, decideOnDevice } from './test-device.js';
import { basicCredentials } from './test-resource-server.js';
import type { TestServer } from './test-server.js';
import { exchangeOf } from './test-service.js';

/** One way to tokens, as the client `all` goes it. A grant may have several. */
export interface GrantPath {
  /** As tests name it. */
  readonly name: string;
  readonly grantType: string;
  /** What the client `all` has because of this path. */
  readonly client?: Partial<Client>;
  /** What the client `all` is on this path alone. @defaultValue as on every other */
  readonly as?: (client: Client) => Client;
  /** What the server has because of it. */
  readonly options?: Partial<AuthorizationServerOptions>;
  /** Whether it is one of those that need no client. @defaultValue false */
  readonly isWithoutClient?: boolean;
  /** Whose access it is. @defaultValue alice */
  readonly subject?: string;
  /** Gets everything that the request takes, for {@link GrantPath.subject}, with the scope `files:read`; yields its form. */
  readonly prepare: (test: TestServer) => Promise<Form>;
  /** The same, bound to {@link PROOF_KEY}. @defaultValue nothing that it takes can be bound to a key */
  readonly prepareBound?: (test: TestServer) => Promise<Form>;
  /** Which member of the form was got for it, and how long it is good; undefined where the client is all it takes, and where it
   * was used before: what comes after its end is no longer what was asked for then. */
  readonly credential:
    | { readonly name: string; readonly lifetimeSeconds: number; readonly expired: string }
    | undefined;
  readonly answers: GrantAnswers;
}

/** How `all` proves who it is. */
export const PROOF = basicCredentials('all', SECRET);

/** Every way to tokens there is. A new one is an object here; a grant without one fails the tests of the checks. */
export const GRANT_PATHS: readonly GrantPath[] = [
  {
    name: 'authorization_code',
    grantType: 'authorization_code',
    prepare: async (test) => redemption(await codeOfAll(test), { client_id: 'all' }),
    prepareBound: async (test) =>
      redemption(await codeOfAll(test, { dpop_jkt: PROOF_KEY.thumbprint }), { client_id: 'all' }),
    credential: { name: 'code', lifetimeSeconds: 60, expired: 'code_expired' },
    answers: {
      'what it takes is bound to a key that nothing proves': [400, 'invalid_grant', 'dpop_key_mismatch'],
      'what it takes is bound to another key': [400, 'invalid_grant', 'dpop_key_mismatch'],
      ...DECIDED_BEFORE,
      'another client presents it': [400, 'invalid_grant', 'code_of_other_client'],
      'it names another redirect': [400, 'invalid_grant', 'code_redirect_mismatch'],
      'the user is disabled': [400, 'invalid_grant', 'code_unknown'],
      'the user is removed': [400, 'invalid_grant', 'code_unknown'],
      'the user took the client off their account': [400, 'invalid_grant', 'code_unknown'],
    },
  },
  {
    name: 'refresh_token',
    grantType: 'refresh_token',
    prepare: async (test) => refreshing((await tokensOfAll(test)).refresh_token, { client_id: 'all' }),
    credential: { name: 'refresh_token', lifetimeSeconds: 30 * 86_400, expired: 'refresh_token_expired' },
    answers: {
      ...UNBOUND,
      ...DECIDED_BEFORE,
      'another client presents it': [400, 'invalid_grant', 'refresh_token_of_other_client'],
      'it asks for more than was granted': [400, 'invalid_scope', 'scope_beyond_grant'],
      'its scope is malformed': [400, 'invalid_scope', 'scope_malformed'],
      'the user is disabled': [400, 'invalid_grant', 'grant_revoked'],
      'the user is removed': [400, 'invalid_grant', 'grant_revoked'],
      'the user took the client off their account': [400, 'invalid_grant', 'grant_revoked'],
      'the grant is revoked': [400, 'invalid_grant', 'grant_revoked'],
    },
  },
  {
    name: 'client_credentials',
    grantType: 'client_credentials',
    prepare: async () => ({ grant_type: 'client_credentials', client_id: 'all', resource: FILES, scope: 'files:read' }),
    credential: undefined,
    answers: {
      ...UNBOUND,
      ...UNKNOWN_CLIENT,
      ...NOT_BY_ASSERTION,
      ...LEADS_NOWHERE,
      'the client has become easier to pass for': [400, 'unauthorized_client', 'grant_type_not_of_client'],
      'nobody vouches for the client': [400, 'unauthorized_client', 'client_not_vouched_for'],
      'the resource is gone': [400, 'invalid_target', 'resource_unknown'],
      'the scope is gone from the resource': [400, 'invalid_scope', 'scope_unknown'],
      'the scope is gone from the client': [400, 'invalid_scope', 'scope_beyond_registration'],
      'another client presents it': { doesNotApply: 'the client is all there is' },
      'it is for a resource that is not ours': [400, 'invalid_target', 'resource_unknown'],
      'it is for two resources': [400, 'invalid_target', 'resource_ambiguous'],
      'its resource is malformed': [400, 'invalid_target', 'resource_unknown'],
      'its scope is malformed': [400, 'invalid_scope', 'scope_malformed'],
      'it asks for more than was granted': { doesNotApply: 'nothing was granted before' },
      'it names another redirect': { doesNotApply: 'no browser is sent back' },
      'the user is disabled': NOT_OF_A_USER,
      'the user is removed': NOT_OF_A_USER,
      'the user is gone though nothing ended the grant': NOT_OF_A_USER,
      'the user took the client off their account': NOT_OF_A_USER,
      'the grant is revoked': { doesNotApply: 'there is no grant' },
    },
  },
  {
    name: 'device_code',
    grantType: DEVICE_CODE_GRANT_TYPE,
    prepare: async (test) => {
      const form = { client_id: 'all', resource: FILES, scope: 'files:read' };
      const response = await test.postForm('/device_authorization', form, PROOF);
      const { device_code, user_code } = (await response.json()) as DeviceCodes;
      await decideOnDevice(test.newBrowser(), user_code);
      return { grant_type: DEVICE_CODE_GRANT_TYPE, client_id: 'all', device_code };
    },
    credential: { name: 'device_code', lifetimeSeconds: 600, expired: 'device_code_expired' },
    answers: {
      ...UNBOUND,
      ...DECIDED_BEFORE,
      'another client presents it': [400, 'invalid_grant', 'device_code_of_other_client'],
      'the user is disabled': [400, 'invalid_grant', 'device_code_unknown'],
      'the user is removed': [400, 'invalid_grant', 'device_code_unknown'],
      'the user took the client off their account': [400, 'invalid_grant', 'device_code_unknown'],
    },
  },
  {
    name: 'token_exchange',
    grantType: TOKEN_EXCHANGE_GRANT_TYPE,
    client: { tokenExchange: { subjectResources: [FILES], targetResources: [MAIL] } },
    prepare: async (test) => exchangeOf((await tokensOfAll(test)).access_token, { client_id: 'all' }),
    prepareBound: async (test) =>
      exchangeOf((await tokensOfAll(test, await proofHeader(test))).access_token, { client_id: 'all' }),
    credential: { name: 'subject_token', lifetimeSeconds: 600, expired: 'subject_token_expired' },
    answers: {
      'what it takes is bound to a key that nothing proves': [400, 'invalid_dpop_proof', 'dpop_proof_missing'],
      'what it takes is bound to another key': { doesNotApply: 'a service proves a key of its own' },
      ...UNKNOWN_CLIENT,
      ...NOT_BY_ASSERTION,
      'only the resource that it leads to is gone': [400, 'invalid_target', 'resource_unknown'],
      'the client has become easier to pass for': [400, 'unauthorized_client', 'grant_type_not_of_client'],
      'nobody vouches for the client': [400, 'unauthorized_client', 'client_not_vouched_for'],
      'the resource is gone': [400, 'invalid_request', 'subject_token_ended'],
      'the scope is gone from the resource': [400, 'invalid_scope', 'scope_unknown'],
      'the scope is gone from the client': [400, 'invalid_scope', 'scope_unknown'],
      'another client presents it': [400, 'invalid_request', 'subject_token_of_other_resource'],
      'it is for a resource that is not ours': [400, 'invalid_target', 'resource_unknown'],
      'it is for two resources': [400, 'invalid_target', 'resource_ambiguous'],
      'its resource is malformed': [400, 'invalid_target', 'target_no_identifier'],
      'its scope is malformed': [400, 'invalid_scope', 'scope_malformed'],
      'it asks for more than was granted': [400, 'invalid_scope', 'scope_beyond_subject'],
      'it names another redirect': { doesNotApply: 'no browser is sent back' },
      'the user is disabled': [400, 'invalid_request', 'subject_token_ended'],
      'the user is removed': [400, 'invalid_request', 'subject_token_ended'],
      'the user is gone though nothing ended the grant': [400, 'invalid_request', 'subject_token_ended'],
      'the user took the client off their account': [400, 'invalid_request', 'subject_token_ended'],
      'the grant is revoked': [400, 'invalid_request', 'subject_token_ended'],
    },
  },
  {
    name: 'jwt_bearer of an identity provider',
    grantType: JWT_BEARER_GRANT_TYPE,
    options: { assertionIssuers: [provider] },
    subject: subjectAtIssuer(nodePlatform.hash, provider.issuer, 'U019488227'),
    prepare: async (test) => {
      // The user is known from then on, and so is a grant of theirs.
      await test.postForm('/token', await assertionForAll(test), PROOF);
      return assertionForAll(test);
    },
    prepareBound: (test) => assertionForAll(test, { cnf: { jkt: PROOF_KEY.thumbprint } }),
    credential: { name: 'assertion', lifetimeSeconds: 330, expired: 'assertion_expired' },
    answers: {
      'what it takes is bound to a key that nothing proves': [400, 'invalid_grant', 'assertion_proof_missing'],
      'what it takes is bound to another key': [400, 'invalid_grant', 'assertion_key_mismatch'],
      ...UNKNOWN_CLIENT,
      ...NOT_OF_A_WORKLOAD,
      ...LEADS_NOWHERE,
      'its issuer is out of the configuration': [400, 'invalid_grant', 'assertion_issuer_unknown'],
      'its issuer is switched off': [400, 'invalid_grant', 'assertion_issuer_disabled'],
      'the client has become easier to pass for': [400, 'unauthorized_client', 'grant_type_not_of_client'],
      'nobody vouches for the client': [400, 'unauthorized_client', 'client_not_vouched_for'],
      'the resource is gone': [400, 'invalid_target', 'resource_unknown'],
      'the scope is gone from the resource': [400, 'invalid_scope', 'scope_unknown'],
      'the scope is gone from the client': [400, 'invalid_scope', 'scope_unknown'],
      'another client presents it': [400, 'invalid_grant', 'assertion_client_mismatch'],
      'it is for a resource that is not ours': [400, 'invalid_target', 'resource_mismatch'],
      'it is for two resources': [400, 'invalid_target', 'resource_mismatch'],
      'its resource is malformed': [400, 'invalid_target', 'resource_mismatch'],
      'its scope is malformed': [400, 'invalid_scope', 'scope_malformed'],
      'it asks for more than was granted': { doesNotApply: 'what the assertion has not is left out' },
      'it names another redirect': { doesNotApply: 'no browser is sent back' },
      'the user is disabled': [400, 'invalid_grant', 'assertion_user_gone'],
      'the user is removed': { doesNotApply: 'whom the identity provider speaks for is added again' },
      'the user is gone though nothing ended the grant': [400, 'invalid_grant', 'assertion_user_gone'],
      'the user took the client off their account': { doesNotApply: 'the identity provider decides anew' },
      'the user took the client off their account just after their consent was read': {
        doesNotApply: 'the identity provider decides, and no consent is asked for',
      },
      'the grant is revoked': { doesNotApply: 'each assertion makes a grant of its own' },
    },
  },
  {
    name: 'jwt_bearer of a workload',
    grantType: JWT_BEARER_GRANT_TYPE,
    options: { assertionIssuers: [{ ...platform, identities: platform.identities.slice(1) }] },
    isWithoutClient: true,
    prepare: async (test) => byAssertion(await workloadToken(test), { resource: FILES, scope: 'files:read' }),
    prepareBound: async (test) => byAssertion(await workloadToken(test, { cnf: { jkt: PROOF_KEY.thumbprint } })),
    credential: { name: 'assertion', lifetimeSeconds: 330, expired: 'assertion_expired' },
    answers: {
      'what it takes is bound to a key that nothing proves': [400, 'invalid_grant', 'assertion_proof_missing'],
      'what it takes is bound to another key': [400, 'invalid_grant', 'assertion_key_mismatch'],
      ...LEADS_NOWHERE,
      'its issuer is out of the configuration': [400, 'invalid_grant', 'assertion_issuer_unknown'],
      'its issuer is switched off': [400, 'invalid_grant', 'assertion_issuer_disabled'],
      'no identity has its claims any more': [400, 'invalid_grant', 'workload_unknown'],
      'the resource is gone from its identity': [400, 'invalid_target', 'resource_beyond_workload'],
      'the scope is gone from its identity': [400, 'invalid_scope', 'scope_beyond_registration'],
      'the client is gone': NO_CLIENT,
      'the client has another secret': NO_CLIENT,
      'the client has another method': NO_CLIENT,
      'the client has become easier to pass for': NO_CLIENT,
      'nobody vouches for the client': NO_CLIENT,
      'the client may no longer use the grant': NO_CLIENT,
      'the client may have bound tokens alone': NO_CLIENT,
      'the scope is gone from the client': NO_CLIENT,
      'the client proves nothing': NO_CLIENT,
      'another client presents it': NO_CLIENT,
      'the resource is gone': [400, 'invalid_target', 'resource_unknown'],
      'the scope is gone from the resource': [400, 'invalid_scope', 'scope_unknown'],
      'it is for a resource that is not ours': [400, 'invalid_target', 'resource_unknown'],
      'it is for two resources': [400, 'invalid_target', 'resource_ambiguous'],
      'its resource is malformed': [400, 'invalid_target', 'resource_unknown'],
      'its scope is malformed': [400, 'invalid_scope', 'scope_malformed'],
      'it asks for more than was granted': [400, 'invalid_scope', 'scope_beyond_registration'],
      'it names another redirect': { doesNotApply: 'no browser is sent back' },
      'the user is disabled': NOT_OF_A_USER,
      'the user is removed': NOT_OF_A_USER,
      'the user is gone though nothing ended the grant': NOT_OF_A_USER,
      'the user took the client off their account': NOT_OF_A_USER,
      'the user took the client off their account just after their consent was read': NOT_OF_A_USER,
      'the grant is revoked': { doesNotApply: 'there is no grant' },
    },
  },
];

/** A client that may go every path, and proves who it is. */
export const all: Client = configuredClient('all', {
  tokenEndpointAuthMethod: 'client_secret_basic',
  clientSecretHash: clients.find(({ clientId }) => clientId === 'bas')?.clientSecretHash,
  grantTypes: [...new Set(GRANT_PATHS.map(({ grantType }) => grantType))],
  ...Object.assign({}, ...GRANT_PATHS.map(({ client }) => client)),
});

/** A client like `all`, which serves another resource. */
export const other: Client = {
  ...all,
  clientId: 'other',
  tokenExchange: { subjectResources: [MAIL], targetResources: [FILES] },
};

/** A code of the client `all` for `files:read`. */
export function codeOfAll(test: TestServer, changes: Form = {}): Promise<string> {
  return obtainCode(test, { client_id: 'all', scope: 'files:read', ...changes });
}

async function tokensOfAll(test: TestServer, headers: Record<string, string> = {}): Promise<Tokens> {
  const form = redemption(await codeOfAll(test), { client_id: 'all' });
  return (await (await test.postForm('/token', form, { ...PROOF, ...headers })).json()) as Tokens;
}

/** The form with an assertion of {@link provider} for the client `all`. */
export async function assertionForAll(test: TestServer, claims: object = {}): Promise<Form> {
  return byAssertion(await signIdJag(test, { claims: { client_id: 'all', ...claims } }), { client_id: 'all' });
}

/** Of a workload that may have `files:read` alone. */
function workloadToken(test: TestServer, claims: object = {}): Promise<string> {
  return signWorkloadToken(test, { claims: { environment: undefined, ...claims } });
}
