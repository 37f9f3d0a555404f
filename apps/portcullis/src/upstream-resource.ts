import { createUpstreamPolicy, type UpstreamPolicy } from '@portcullis/policy';
import type { ResourceDefinition } from '@portcullis/ports';
import type { UpstreamConfigBase } from './config/gateway-config.js';

/** The rules of an upstream, with the built-in ones where it has none of its own. */
export function policyOf({ policy }: Pick<UpstreamConfigBase, 'policy'>): UpstreamPolicy {
  return createUpstreamPolicy({
    methods: policy.methods,
    tools: policy.tools,
    ...(policy.scopes.length === 0 ? {} : { scopes: policy.scopes }),
    ...(policy.defaultScopes === undefined ? {} : { defaultScopes: policy.defaultScopes }),
  });
}

/** An upstream as the resource that access tokens are issued for. */
export function resourceOf(upstream: UpstreamConfigBase, policy: UpstreamPolicy): ResourceDefinition {
  return {
    identifier: upstream.resource,
    displayName: upstream.displayName,
    scopes: policy.scopes,
    defaultScopes: policy.defaultScopes,
    dpopBoundAccessTokensRequired: upstream.dpop.required,
  };
}
