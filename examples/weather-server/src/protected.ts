import {
  type AuthorizationServerChoice,
  keycloak,
  type ProtectedResource,
  protectResource,
  rfc9068,
} from '@portcullis/resource-server';
import { endWith, PORT } from './running.js';

const {
  // What clients call this server by. Their tokens are for this URL, to the letter.
  RESOURCE = `http://127.0.0.1:${PORT}/mcp`,
  // Whoever signs people in: by default the gate that `npm start` opens.
  ISSUER = 'http://127.0.0.1:8808',
  PRESET = 'rfc9068',
} = process.env;

/** The same server, whatever signs people in. */
const PRESETS: Readonly<Record<string, (issuer: string) => AuthorizationServerChoice>> = {
  // Portcullis, Glewlwyd, and every provider whose access tokens are as RFC 9068 has them.
  rfc9068: (issuer) => rfc9068(issuer),
  keycloak: (issuer) => keycloak({ issuer }),
};

/** This server, as clients and their authorization server know it. Ends the process where a setting makes no sense. */
export function protectWeather(): ProtectedResource {
  const preset = PRESETS[PRESET];
  if (preset === undefined) return endWith(`PRESET is one of ${Object.keys(PRESETS).join(', ')}`);
  try {
    return protectResource({
      resource: RESOURCE,
      authorizationServers: [preset(ISSUER)],
      scopes: [
        { name: 'weather:read' },
        { name: 'weather:write' },
        { name: 'weather', implies: ['weather:read', 'weather:write'] },
      ],
      requiredScopes: ['weather:read'],
      resourceName: 'Weather Service',
      // Further members of the metadata. This revision of MCP is one that all four speak.
      metadata: { resource_type: 'mcp-server', mcp_protocol_version: '2025-11-25' },
      // Each refusal with its reason, which clients are not told.
      audit: { record: (event) => console.error(JSON.stringify(event)) },
    });
  } catch (error) {
    return endWith(error instanceof TypeError ? error.message : error);
  }
}
