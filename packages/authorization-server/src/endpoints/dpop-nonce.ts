import type { ProtocolHandler } from './endpoint.js';

/**
 * An endpoint that takes proofs of possession: where those need a nonce, every answer of its own brings the newest one (RFC 9449
 * §8.2 leaves it to the server in which). One that the router makes of what was thrown, 500 or 503, brings none: the client comes
 * again with the nonce that it has, and is told a newer one where that has become too old.
 */
export function withDpopNonce(handler: ProtocolHandler): ProtocolHandler {
  return async (core, request, context) => {
    const response = await handler(core, request, context);
    if (core.dpopNonces === undefined) return response;
    return { ...response, headers: { ...response.headers, 'dpop-nonce': await core.dpopNonces.current() } };
  };
}
