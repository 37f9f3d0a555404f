import {
  type AuthorizationServerChoice,
  keycloak,
  type ProtectedResource,
  protectResource,
  rfc9068,
} from '@portcullis/resource-server';

/** Where this server listens, and what clients call it by. */
export const PORT = Number(process.env['PORT'] ?? 3001);
const RESOURCE = process.env['RESOURCE'] ?? `http://127.0.0.1:${PORT}/mcp`;
/** Whoever signs people in: by default the gate of this checkout. */
const ISSUER = process.env['ISSUER'] ?? 'http://127.0.0.1:8808';

/** The same server, whatever signs people in. */
const PROVIDERS: Readonly<Record<string, (issuer: string) => AuthorizationServerChoice>> = {
  // Portcullis, and every provider whose access tokens are as RFC 9068 has them.
  rfc9068: (issuer) => rfc9068({ issuer }),
  keycloak: (issuer) => keycloak({ issuer }),
};

/** This server, as clients and their authorization server know it. */
export function protectWeather(): ProtectedResource {
  const preset = process.env['PRESET'] ?? 'rfc9068';
  const provider = PROVIDERS[preset];
  if (provider === undefined) throw new Error(`PRESET is one of ${Object.keys(PROVIDERS).join(', ')}`);
  return protectResource({
    resource: RESOURCE,
    authorizationServers: [provider(ISSUER)],
    scopes: [
      { name: 'weather:read' },
      { name: 'weather:write' },
      { name: 'weather', implies: ['weather:read', 'weather:write'] },
    ],
    requiredScopes: ['weather:read'],
    resourceName: 'Weather Service',
    metadata: { resource_type: 'mcp-server', mcp_protocol_version: '2026-07-28' },
  });
}
