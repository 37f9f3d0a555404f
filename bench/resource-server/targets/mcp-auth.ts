import express from 'express';
import { MCPAuth } from 'mcp-auth';
import type { TargetModule } from '../../lib/target-module.js';
import { RESOURCE, SCOPE } from '../issuer.js';
import { serveTokens } from '../serve-tokens.js';

/** `mcp-auth` in Express, as its manual shows it. It does not check the type of a token. */
export const createTarget: TargetModule['createTarget'] = ({ benchmark }) =>
  serveTokens(benchmark, (issuer) => {
    const authorizationServers = [
      {
        type: 'oauth' as const,
        metadata: {
          issuer: issuer.issuer,
          authorizationEndpoint: `${issuer.issuer}/authorize`,
          tokenEndpoint: `${issuer.issuer}/token`,
          jwksUri: issuer.jwksUri,
          responseTypesSupported: ['code'],
          codeChallengeMethodsSupported: ['S256'],
        },
      },
    ];
    const auth = new MCPAuth({
      protectedResources: [{ metadata: { resource: RESOURCE, authorizationServers, scopesSupported: [SCOPE] } }],
    });
    const guard = auth.bearerAuth('jwt', { resource: RESOURCE, audience: RESOURCE, requiredScopes: [SCOPE] });
    return express().get('/mcp', guard, (_request, response) => void response.json({ ok: true }));
  });
