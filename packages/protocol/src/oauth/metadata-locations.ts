/** Where a metadata document may stand. */
export type MetadataLocationForm = 'oauth_inserted' | 'openid_inserted' | 'openid_appended' | 'oauth_appended';

/** One address, and who looks there. */
export interface MetadataLocation {
  readonly form: MetadataLocationForm;
  readonly url: string;
  /** Whether MCP clients look there (MCP, Authorization Server Metadata Discovery). */
  readonly isTriedByClients: boolean;
}

/**
 * Where the metadata of an issuer may stand, in the order that MCP clients look: RFC 8414 by insertion (§3.1), OpenID Connect
 * by insertion (RFC 8414 §5), OpenID Connect appended (Discovery §4). Last what some providers serve and no MCP client asks
 * for: RFC 8414 appended, as Okta's custom authorization servers have it. Without a path insertion and appending are one. A
 * slash at the end of the path is left out.
 *
 * The issuer is taken as it is: whether it can be one is for whoever parsed it to say.
 */
export function issuerMetadataLocations(issuer: URL): readonly MetadataLocation[] {
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
