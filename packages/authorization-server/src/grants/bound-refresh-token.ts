import type { Client, Grant } from '@portcullis/ports';
import type { RefusalReason } from '../refusals.js';

/**
 * The key that the refresh tokens of a new grant are bound to (RFC 9449 §5): the one that the request proves, for a public
 * client. Those of a client that proves who it is are bound to that already, so that it may change its keys.
 */
export function bindRefreshTokens(
  client: Pick<Client, 'tokenEndpointAuthMethod'>,
  proofKey: string | undefined,
): Pick<Grant, 'dpopKeyThumbprint'> {
  const isBound = client.tokenEndpointAuthMethod === 'none' && proofKey !== undefined;
  return isBound ? { dpopKeyThumbprint: proofKey } : {};
}

/**
 * Holds a refresh against the key of its grant (RFC 9449 §5): that key alone, and not without one. Where the refresh token of a
 * public client is bound to none, a proof is too late: its successor would have to be bound, and whoever has a copy of the
 * predecessor could bind it to a key of their own. It signs in again instead.
 */
export function checkRefreshKey(
  { dpopKeyThumbprint }: Pick<Grant, 'dpopKeyThumbprint'>,
  client: Pick<Client, 'tokenEndpointAuthMethod'>,
  proofKey: string | undefined,
): RefusalReason | undefined {
  if (dpopKeyThumbprint !== undefined) return dpopKeyThumbprint === proofKey ? undefined : 'dpop_key_mismatch';
  const bound = bindRefreshTokens(client, proofKey);
  return bound.dpopKeyThumbprint === undefined ? undefined : 'refresh_token_unbound';
}
