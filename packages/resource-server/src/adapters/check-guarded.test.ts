import { expect, it } from 'vitest';
import { expressGuard } from '../express/express-guard.js';
import { expressMetadata } from '../express/express-metadata.js';
import { fastifyGuard } from '../fastify/fastify-guard.js';
import { fastifyMetadata } from '../fastify/fastify-metadata.js';
import { nodeGuard } from '../node/node-guard.js';
import { fetchGuard } from './fetch-guard.js';

it.each([expressGuard, expressMetadata, fastifyGuard, fastifyMetadata, nodeGuard, fetchGuard])(
  '%o cannot be built without a resource',
  (guard: (resource: never) => unknown) => {
    for (const wrong of [undefined, null, { resource: 'https://mcp.example.com/mcp' }]) {
      expect(() => guard(wrong as never)).toThrow(
        `${guard.name} takes what protectResource(…) or protectTenants(…) returned`,
      );
    }
  },
);
