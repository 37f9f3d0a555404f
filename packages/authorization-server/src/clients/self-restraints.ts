import type { Client } from '@portcullis/ports';
import type { ClientDescription } from '@portcullis/protocol/client-metadata';

/** What a client asks to be held to, so that nobody can do with less in its name (RFC 9449 §5.2, RFC 9126 §6). */
export function selfRestraints({
  dpopBoundAccessTokens,
  requirePushedAuthorizationRequests,
}: Pick<ClientDescription, 'dpopBoundAccessTokens' | 'requirePushedAuthorizationRequests'>): Pick<
  Client,
  'dpopBoundAccessTokens' | 'requirePushedAuthorizationRequests'
> {
  return {
    ...(dpopBoundAccessTokens ? { dpopBoundAccessTokens } : {}),
    ...(requirePushedAuthorizationRequests ? { requirePushedAuthorizationRequests } : {}),
  };
}
