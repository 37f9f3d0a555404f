import { JSON_RPC_ERRORS, type JsonRpcPayload } from '@portcullis/protocol';
import type { VerifiedAccessToken } from '@portcullis/resource-server';
import type { Challenges } from './challenges.js';
import type { McpEndpointSettings } from './options.js';
import type { Refusal } from './refusal.js';
import type { Era } from './revision.js';

/**
 * Asks the policy about every message of the payload; one refusal refuses all of it. A lack of scopes names what the
 * whole payload needs, so that one step-up suffices, and before 2026-07-28 also what the token already has, because
 * those clients replace their scopes by the challenge's.
 *
 * @returns the refusal, or undefined when all may go on
 */
export function checkPolicy(
  payload: JsonRpcPayload,
  accessToken: VerifiedAccessToken,
  era: Era,
  settings: McpEndpointSettings,
  challenges: Challenges,
): Refusal | undefined {
  const { policy } = settings;
  const messages = payload.kind === 'single' ? [payload.message] : payload.messages;
  const missing = new Set<string>();
  let lacking: Refusal['details'];
  for (const { body } of messages) {
    const decision = policy.decide(body, accessToken.scopes);
    if (decision.outcome === 'allow') continue;
    const target = policy.targetOf(body);
    const details = {
      ...(body.kind === 'response' ? {} : { method: body.method }),
      ...(target === undefined ? {} : { target }),
    };
    switch (decision.outcome) {
      case 'insufficient_scope':
        lacking ??= details;
        for (const scope of decision.requiredScopes) missing.add(scope);
        break;
      case 'unknown_method': {
        const { methodNotFound } = JSON_RPC_ERRORS;
        return denied(
          body.kind === 'request' ? statusOf(payload, era, 404) : 400,
          methodNotFound,
          'Method not found',
          'unknown_method',
          details,
        );
      }
      case 'invalid_params': {
        const words = `params.${decision.member} is missing or malformed`;
        return denied(statusOf(payload, era, 400), JSON_RPC_ERRORS.invalidParams, words, 'invalid_params', details);
      }
    }
  }
  if (lacking === undefined) return undefined;
  if (era === 'legacy') for (const scope of accessToken.scopes) missing.add(scope);
  return challenges.insufficientScope([...missing], { ...lacking, scopes: [...missing] }, accessToken);
}

/**
 * Before 2026-07-28 the JSON-RPC error that answers one request travels in a 200; clients of that time take any other
 * status as a broken server. A batch is refused as a whole.
 */
function statusOf(payload: JsonRpcPayload, era: Era, modernStatus: number): number {
  if (payload.kind === 'batch') return 400;
  return era === 'modern' ? modernStatus : 200;
}

function denied(
  status: number,
  code: number,
  message: string,
  reason: string,
  details: NonNullable<Refusal['details']>,
): Refusal {
  return { status, code, message, reason, event: 'mcp.request_denied', details };
}
