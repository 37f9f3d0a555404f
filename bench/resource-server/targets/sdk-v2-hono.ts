import { getRequestListener } from '@hono/node-server';
import { getOAuthProtectedResourceMetadataUrl, requireBearerAuth } from '@modelcontextprotocol/server';
import { Hono } from 'hono';
import type { TargetModule } from '../../lib/target-module.js';
import { RESOURCE, SCOPE } from '../issuer.js';
import { serveTokens } from '../serve-tokens.js';
import { authInfoOf, createJoseVerifier } from './peer-verifier.js';

/** The web-standard guard of the official SDK v2, on Hono. */
export const createTarget: TargetModule['createTarget'] = ({ benchmark }) =>
  serveTokens(benchmark, (issuer) => {
    const verify = createJoseVerifier(issuer);
    const guard = requireBearerAuth({
      verifier: { verifyAccessToken: async (token) => authInfoOf(token, await verify(token)) },
      requiredScopes: [SCOPE],
      resourceMetadataUrl: getOAuthProtectedResourceMetadataUrl(new URL(RESOURCE)),
      expectedResource: new URL(RESOURCE),
    });
    const app = new Hono().get('/mcp', async (context) => {
      const admitted = await guard(context.req.raw);
      return admitted instanceof Response ? admitted : context.json({ ok: true });
    });
    return getRequestListener(app.fetch);
  });
