import type { TokenEndpointAuthMethod } from '@portcullis/ports';

/** How hard it is to pass for a client that proves itself in a way. The two ways to send one secret are as good. */
const STRENGTH: Readonly<Record<TokenEndpointAuthMethod, number>> = {
  none: 0,
  client_secret_basic: 1,
  client_secret_post: 1,
  private_key_jwt: 2,
};

/**
 * Whether it has become easier to pass for a client than it was when a code was issued to it. Whoever can change what a
 * client says of itself, and nothing else, must not get at what others granted it: not by the code, and not by a refresh
 * token later
 * (draft-ietf-oauth-client-id-metadata-document, "Changes in Client Metadata").
 */
export function hasBecomeWeaker(whenGranted: TokenEndpointAuthMethod, now: TokenEndpointAuthMethod): boolean {
  return STRENGTH[now] < STRENGTH[whenGranted];
}
