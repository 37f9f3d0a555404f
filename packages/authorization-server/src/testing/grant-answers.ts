import type { GrantAnswers } from './grant-checks.js';

// What several ways to tokens answer alike to the checks of grant-checks.ts.

export const NO_ISSUER = { doesNotApply: 'nobody vouches by an assertion' } as const;
export const NO_WORKLOAD = { doesNotApply: 'no workload takes part' } as const;

export const NOT_OF_A_WORKLOAD = {
  'no identity has its claims any more': NO_WORKLOAD,
  'the resource is gone from its identity': NO_WORKLOAD,
  'the scope is gone from its identity': NO_WORKLOAD,
} as const satisfies Partial<GrantAnswers>;

export const NOT_BY_ASSERTION = {
  ...NOT_OF_A_WORKLOAD,
  'its issuer is out of the configuration': NO_ISSUER,
  'its issuer is switched off': NO_ISSUER,
  'the user took the client off their account just after their consent was read': {
    doesNotApply: 'no consent is read: what was decided goes with it',
  },
} as const satisfies Partial<GrantAnswers>;

export const LEADS_NOWHERE = {
  'only the resource that it leads to is gone': { doesNotApply: 'it is for one resource, and leads to no other' },
} as const satisfies Partial<GrantAnswers>;

export const UNKNOWN_CLIENT = {
  'the client is gone': [401, 'invalid_client', 'client_unknown'],
  'the client has another secret': [401, 'invalid_client', 'client_secret_wrong'],
  'the client has another method': [401, 'invalid_client', 'client_method_mismatch'],
  'the client may no longer use the grant': [400, 'unauthorized_client', 'grant_type_not_of_client'],
  'the client may have bound tokens alone': [400, 'invalid_dpop_proof', 'dpop_proof_missing'],
  'the client proves nothing': [401, 'invalid_client', 'client_method_mismatch'],
} as const satisfies Partial<GrantAnswers>;

/** Where a person decided before: what they decided about is looked at anew. */
export const DECIDED_BEFORE = {
  ...UNKNOWN_CLIENT,
  ...NOT_BY_ASSERTION,
  ...LEADS_NOWHERE,
  'the client has become easier to pass for': [401, 'invalid_client', 'client_became_weaker'],
  'nobody vouches for the client': { doesNotApply: 'a person let it in' },
  'the resource is gone': [400, 'invalid_grant', 'resource_gone'],
  'the scope is gone from the resource': [400, 'invalid_grant', 'scope_gone'],
  'the scope is gone from the client': [400, 'invalid_grant', 'scope_gone'],
  'it is for a resource that is not ours': [400, 'invalid_target', 'resource_mismatch'],
  'it is for two resources': [400, 'invalid_target', 'resource_mismatch'],
  'its resource is malformed': [400, 'invalid_target', 'resource_mismatch'],
  'it asks for more than was granted': { doesNotApply: 'the scope was asked for before, and is not read' },
  'its scope is malformed': { doesNotApply: 'the scope was asked for before, and is not read' },
  'it names another redirect': { doesNotApply: 'no browser is sent back' },
  'the user is gone though nothing ended the grant': [400, 'invalid_grant', 'user_gone'],
  'the grant is revoked': { doesNotApply: 'there is no grant before it is redeemed' },
} as const satisfies Partial<GrantAnswers>;

export const NO_CLIENT = { doesNotApply: 'no client takes part' } as const;
export const NOT_OF_A_USER = { doesNotApply: 'nobody is behind it' } as const;

/** What brings nothing that was bound to a key before. */
export const UNBOUND = {
  'what it takes is bound to a key that nothing proves': { doesNotApply: 'it takes nothing that a key is bound to' },
  'what it takes is bound to another key': { doesNotApply: 'it takes nothing that a key is bound to' },
} as const satisfies Partial<GrantAnswers>;
