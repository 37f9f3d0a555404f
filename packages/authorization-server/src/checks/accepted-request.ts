import type { Client, ResourceDefinition } from '@portcullis/ports';
import { type AuthorizationRequest, fail, type Result, succeed } from '@portcullis/protocol';
import type { Core } from '../core.js';
import type { RefusalReason } from '../refusals.js';
import { AUTHORIZATION_CHECKS, checkCodeChallenge } from './authorization-request.js';
import { type PromptWishes, readPromptWishes } from './prompt.js';
import { checkRequestedScope } from './scope.js';

/** What a request asks for that is good, whoever will be asked. */
export interface AcceptedRequest {
  readonly codeChallenge: string;
  readonly resource: ResourceDefinition;
  readonly requestedScopes: readonly string[];
  readonly wishes: PromptWishes;
}

/**
 * Judges an authorization request by itself and its client, whether a browser brings it or its client pushes it (RFC 9126
 * §2.1). The client and its redirect URI have been found good before. Who the user is, and what that changes, comes after it.
 */
export async function checkAuthorizationRequest(
  core: Pick<Core, 'resources'>,
  request: AuthorizationRequest,
  client: Client,
): Promise<Result<AcceptedRequest, RefusalReason>> {
  for (const check of AUTHORIZATION_CHECKS) {
    const reason = check({ request, client });
    if (reason !== undefined) return fail(reason);
  }
  const codeChallenge = checkCodeChallenge(request);
  if (!codeChallenge.ok) return codeChallenge;
  const resource = await core.resources.choose(request.resources);
  if (!resource.ok) return resource;
  const scopes = checkRequestedScope(request.scope, resource.value, client);
  if (!scopes.ok) return scopes;
  const wishes = readPromptWishes(request.prompt, request.maxAge);
  if (!wishes.ok) return wishes;
  return succeed({
    codeChallenge: codeChallenge.value,
    resource: resource.value,
    requestedScopes: scopes.value,
    wishes: wishes.value,
  });
}
