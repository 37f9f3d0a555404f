import type { JsonObject, JsonValue } from '@portcullis/protocol';
import { type Finding, fault, list, note, pass, quote, warn } from '../finding.js';
import { scopesOf } from './scopes-of.js';

const CLIENT_CLAIMS = ['client_id', 'azp', 'appid', 'cid'];
const TENANT_CLAIMS = [
  'tid',
  'tenant_id',
  'org_id',
  'organization_id',
  'organization',
  'org',
  'env',
  'hd',
  'urn:zitadel:iam:user:resourceowner:id',
];
const GROUP_CLAIMS = [
  'groups',
  'roles',
  'permissions',
  'entitlements',
  'cognito:groups',
  'realm_access',
  'resource_access',
  'wids',
  'urn:zitadel:iam:org:project:roles',
];
/** What says something of a person. Only that it is there is told. */
const PERSONAL_CLAIMS = [
  'email',
  'name',
  'given_name',
  'family_name',
  'middle_name',
  'nickname',
  'preferred_username',
  'username',
  'unique_name',
  'upn',
  'phone_number',
  'address',
  'birthdate',
  'picture',
  'ipaddr',
  'locale',
];

/** What a preset takes for the name of somebody, where it is not `sub` (Okta, Entra). */
const STABLE_SUBJECTS: Readonly<Record<string, readonly string[]>> = { okta: ['uid'], entra: ['tid', 'oid'] };

/** Judges where the scopes are, and in what shape (RFC 9068 §2.2.3). */
export function judgeScopes(claims: JsonObject): Finding {
  const { claim, shape, values } = scopesOf(claims);
  if (claim === undefined) {
    return warn('token-scopes', 'it has neither scope nor scp: whoever holds it may do nothing that needs a scope', {
      advice: 'Define scopes for the resource at the provider, and ask for them.',
    });
  }
  if (shape === 'wrong') return fault('token-scopes', `${claim} is neither a text nor a list of texts`);
  const words = `${claim} is a ${shape === 'string' ? 'text' : 'list'}: ${list(values) || 'with nothing in it'}`;
  return claim === 'scope' && shape === 'string'
    ? pass('token-scopes', words)
    : note('token-scopes', `${words}. RFC 9068 has a text named scope: the preset has to know`);
}

/** Judges which claim names the client. */
export function judgeClient(claims: JsonObject): Finding {
  const [claim] = CLIENT_CLAIMS.filter((name) => typeof claims[name] === 'string');
  if (claim === undefined) {
    return warn(
      'token-client',
      `no claim names the client (${CLIENT_CLAIMS.join(', ')}): nothing can be allowed or refused by client`,
    );
  }
  const words = `${claim}: ${quote(claims[claim])}`;
  return claim === 'client_id'
    ? pass('token-client', words)
    : note('token-client', `${words}. RFC 9068 has client_id: the preset has to know`);
}

/** Judges by what somebody is known, without repeating it. */
export function judgeSubject(claims: JsonObject, preset: string | undefined): Finding {
  const { sub } = claims;
  const stable = preset === undefined ? undefined : STABLE_SUBJECTS[preset];
  if (stable?.every((name) => typeof claims[name] === 'string')) {
    return pass('token-subject', `somebody is known by ${stable.join(' and ')}, which stay the same`);
  }
  if (typeof sub !== 'string' || sub === '') return fault('token-subject', 'it has no sub: nobody is named');
  if (/^[^@\s|]+@[^@\s]+\.[^@\s]+$/.test(sub)) {
    return warn('token-subject', 'sub is an e-mail address or a login: it can change, and be given to somebody else', {
      advice: 'Use a claim that never changes where the provider has one.',
    });
  }
  return pass('token-subject', `sub is there (${describe(sub)})`);
}

/** Names the claims of tenants and groups, and how many values they have. */
export function judgeTenant(claims: JsonObject): Finding {
  const overage = isOverage(claims);
  if (overage) {
    return warn('token-tenant', 'the groups are too many to be in the token (overage): they must not be read as none', {
      advice: 'Let the provider emit only groups that are assigned to the application.',
    });
  }
  const names = (among: readonly string[]): string =>
    among
      .filter((name) => name in claims)
      .map((name) => `${name} (${describe(claims[name])})`)
      .join(', ');
  const [tenants, groups] = [names(TENANT_CLAIMS), names(GROUP_CLAIMS)];
  if (tenants === '' && groups === '')
    return note('token-tenant', 'no claim of a known name tells a tenant, groups, roles or permissions');
  return note(
    'token-tenant',
    [tenants === '' ? 'no tenant' : `tenant: ${tenants}`, groups === '' ? 'no groups' : `groups: ${groups}`].join('; '),
  );
}

/** What Entra puts in place of groups that are too many: a pointer, or a mark. */
function isOverage(claims: JsonObject): boolean {
  const elsewhere = claims['_claim_names'];
  return claims['hasgroups'] === true || (typeof elsewhere === 'object' && elsewhere !== null && 'groups' in elsewhere);
}

/** Names what the token says of a person, and repeats none of it. */
export function judgePersonal(claims: JsonObject): readonly Finding[] {
  const found = PERSONAL_CLAIMS.filter((name) => name in claims);
  if (found.length === 0) return [];
  return [note('token-subject', `it also tells of the person, in ${found.join(', ')}: values are not shown here`)];
}

/** The shape of a value: never the value. */
function describe(value: JsonValue | undefined): string {
  if (typeof value === 'string') return `a text of ${value.length} characters`;
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'object' && value !== null) return `an object of ${Object.keys(value).length}`;
  return typeof value;
}
