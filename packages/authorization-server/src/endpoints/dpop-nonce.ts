import type { ProtocolHandler } from './endpoint.js';

/** An endpoint that takes proofs of possession: where those need a nonce, every answer brings the newest one (RFC 9449 §8.2). */
export function withDpopNonce(handler: ProtocolHandler): ProtocolHandler {
  return async (core, request, context) => {
    const response = await handler(core, request, context);
    if (core.dpopNonces === undefined) return response;
    return { ...response, headers: { ...response.headers, 'dpop-nonce': await core.dpopNonces.current() } };
  };
}
