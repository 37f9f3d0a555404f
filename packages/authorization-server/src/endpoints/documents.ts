import type { Core } from '../core.js';
import { buildMetadata, buildOpenidMetadata } from '../metadata.js';
import { documentResponse } from './client-response.js';
import type { ProtocolHandler } from './endpoint.js';

/** RFC 8414 §3. */
export const oauthMetadataEndpoint: ProtocolHandler = async (core) => documentResponse(await metadataOf(core));

/** OpenID Connect Discovery §4. */
export const openidMetadataEndpoint: ProtocolHandler = async (core) =>
  documentResponse(buildOpenidMetadata(await metadataOf(core), core.settings));

async function metadataOf(core: Core): Promise<object> {
  return buildMetadata(core.settings, core.paths, await core.resources.published());
}

/** The public signing keys (RFC 7517 §5). */
export const jwksEndpoint: ProtocolHandler = async (core) => documentResponse(await core.signingKeys.jwks());
