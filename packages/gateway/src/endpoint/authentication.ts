import type { IncomingMessage } from 'node:http';
import {
  type AccessTokenVerifier,
  readBearerCredential,
  searchOf,
  type VerifiedAccessToken,
} from '@portcullis/resource-server';
import type { Challenges } from './challenges.js';
import type { McpEndpointSettings } from './options.js';
import type { Step } from './refusal.js';

/**
 * Takes the bearer credential off the request and verifies it. Answers without a promise when the verifier does, which
 * is the common case. The raw header list is read because Node drops a second `Authorization`.
 *
 * A verifier that was built for another resource or tenant is a fault of wiring that must not open a door, so both are
 * compared once more.
 */
export function authenticate(
  request: IncomingMessage,
  verifier: AccessTokenVerifier,
  challenges: Challenges,
  settings: McpEndpointSettings,
): Step<VerifiedAccessToken> | Promise<Step<VerifiedAccessToken>> {
  const credential = readBearerCredential(request.rawHeaders, searchOf(request.url ?? ''));
  switch (credential.kind) {
    case 'none':
      return { ok: false, failure: challenges.missing() };
    case 'refused': {
      const { reason, status } = credential;
      return {
        ok: false,
        failure: status === 400 ? challenges.invalidRequest(reason) : challenges.invalidToken(reason),
      };
    }
    case 'bearer': {
      const verification = verifier.verify(credential.accessToken);
      if (verification instanceof Promise) return verification.then((found) => conclude(found, challenges, settings));
      return conclude(verification, challenges, settings);
    }
  }
}

function conclude(
  verification: Awaited<ReturnType<AccessTokenVerifier['verify']>>,
  challenges: Challenges,
  settings: McpEndpointSettings,
): Step<VerifiedAccessToken> {
  if (!verification.ok) return { ok: false, failure: challenges.invalidToken(verification.failure.reason) };
  const { resource, tenantId } = verification.value;
  if (resource !== settings.resource) return { ok: false, failure: challenges.invalidToken('wrong_audience') };
  if (tenantId !== settings.tenantId) return { ok: false, failure: challenges.invalidToken('wrong_tenant') };
  return verification;
}
