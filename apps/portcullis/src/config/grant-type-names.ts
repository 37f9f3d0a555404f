/** Short names of grant types whose own is a URN, as an operator may write them. */
export const GRANT_TYPE_ALIASES = {
  device_code: 'urn:ietf:params:oauth:grant-type:device_code',
  'jwt-bearer': 'urn:ietf:params:oauth:grant-type:jwt-bearer',
  'token-exchange': 'urn:ietf:params:oauth:grant-type:token-exchange',
} as const;

/** A short name. */
export type GrantTypeAlias = keyof typeof GRANT_TYPE_ALIASES;

/** Every short name. */
export const ALIASES = Object.keys(GRANT_TYPE_ALIASES) as readonly GrantTypeAlias[];

/** The name that a grant type has on the wire, for a short one. Any other text is left as it is. */
export function inFull(name: string): string {
  return ALIASES.some((alias) => alias === name) ? GRANT_TYPE_ALIASES[name as GrantTypeAlias] : name;
}

/** The short name of a grant type, where it has one. */
export function inShort(grantType: string): string {
  return ALIASES.find((alias) => GRANT_TYPE_ALIASES[alias] === grantType) ?? grantType;
}
