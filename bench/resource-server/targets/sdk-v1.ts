import { requireBearerAuth } from '@modelcontextprotocol/sdk/server/auth/middleware/bearerAuth.js';
import { getOAuthProtectedResourceMetadataUrl } from '@modelcontextprotocol/sdk/server/auth/router.js';
import express, { type RequestHandler } from 'express';
import type { TargetModule } from '../../lib/target-module.js';
import { RESOURCE, SCOPE } from '../issuer.js';
import { serveTokens } from '../serve-tokens.js';
import { authInfoOf, createJoseVerifier } from './peer-verifier.js';

/** The guard of the official SDK v1 in Express, with the verifier that its documentation asks the reader to write. */
export const createTarget: TargetModule['createTarget'] = ({ benchmark }) =>
  serveTokens(benchmark, (issuer) => {
    const verify = createJoseVerifier(issuer);
    const guard: RequestHandler = requireBearerAuth({
      verifier: { verifyAccessToken: async (token) => authInfoOf(token, await verify(token)) },
      requiredScopes: [SCOPE],
      resourceMetadataUrl: getOAuthProtectedResourceMetadataUrl(new URL(RESOURCE)),
      expectedResource: new URL(RESOURCE),
    });
    return express().get('/mcp', guard, (_request, response) => void response.json({ ok: true }));
  });
