import { requireBearerAuth } from '@modelcontextprotocol/express';
import { getOAuthProtectedResourceMetadataUrl } from '@modelcontextprotocol/server';
import express from 'express';
import type { TargetModule } from '../../lib/target-module.js';
import { RESOURCE, SCOPE } from '../issuer.js';
import { serveTokens } from '../serve-tokens.js';
import { authInfoOf, createJoseVerifier } from './peer-verifier.js';

/** The Express guard of the official SDK v2. */
export const createTarget: TargetModule['createTarget'] = ({ benchmark }) =>
  serveTokens(benchmark, (issuer) => {
    const verify = createJoseVerifier(issuer);
    const guard = requireBearerAuth({
      verifier: { verifyAccessToken: async (token: string) => authInfoOf(token, await verify(token)) },
      requiredScopes: [SCOPE],
      resourceMetadataUrl: getOAuthProtectedResourceMetadataUrl(new URL(RESOURCE)),
    });
    return express().get('/mcp', guard, (_request, response) => void response.json({ ok: true }));
  });
