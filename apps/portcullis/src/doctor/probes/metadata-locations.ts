/** Where a metadata document may stand. */
export type LocationForm = 'oauth_inserted' | 'openid_inserted' | 'openid_appended' | 'oauth_appended';

/** One address, and who looks there. */
export interface MetadataLocation {
  readonly form: LocationForm;
  readonly url: string;
  /** Whether MCP clients look there (MCP, Authorization Server Metadata Discovery). */
  readonly isTriedByClients: boolean;
}

/** What a form is called for a person. */
export const FORM_WORDS: Readonly<Record<LocationForm, string>> = {
  oauth_inserted: 'RFC 8414',
  openid_inserted: 'OpenID Connect, inserted',
  openid_appended: 'OpenID Connect',
  oauth_appended: 'RFC 8414, appended',
};

/**
 * Where the metadata of an issuer may stand, in the order that MCP clients look: RFC 8414 by insertion, OpenID Connect by
 * insertion, OpenID Connect appended. Last what some providers serve and no MCP client asks for: RFC 8414 appended. Without
 * a path insertion and appending are one.
 */
export function metadataLocations(issuer: URL): readonly MetadataLocation[] {
  const path = issuer.pathname.replace(/\/$/, '');
  const inserted = (name: string): string => `${issuer.origin}/.well-known/${name}${path}`;
  const appended = (name: string): string => `${issuer.origin}${path}/.well-known/${name}`;
  const first: readonly MetadataLocation[] = [
    { form: 'oauth_inserted', url: inserted('oauth-authorization-server'), isTriedByClients: true },
    {
      form: path === '' ? 'openid_appended' : 'openid_inserted',
      url: inserted('openid-configuration'),
      isTriedByClients: true,
    },
  ];
  if (path === '') return first;
  return [
    ...first,
    { form: 'openid_appended', url: appended('openid-configuration'), isTriedByClients: true },
    { form: 'oauth_appended', url: appended('oauth-authorization-server'), isTriedByClients: false },
  ];
}
