import type { TokenEndpointAuthMethod } from '@portcullis/ports';

/** The two ways to present a secret that we made (OAuth 2.1 §2.4.1). Everywhere else they are as good as each other. */
export const CLIENT_SECRET_METHODS = ['client_secret_basic', 'client_secret_post'] as const;

/** One of them. */
export type ClientSecretMethod = (typeof CLIENT_SECRET_METHODS)[number];

/** Whether a client with this method proves itself by a secret, so that one has to be made and kept for it. */
export function usesClientSecret(method: TokenEndpointAuthMethod): method is ClientSecretMethod {
  return (CLIENT_SECRET_METHODS as readonly TokenEndpointAuthMethod[]).includes(method);
}
