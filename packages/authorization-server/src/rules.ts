// The rules that a host holds what it was told against before there is a server: apart from the main entry, which has them
// too, because none of them needs a library.
export { type AssertionIssuerProblem, checkAssertionIssuer } from './assertion-issuers/check-assertion-issuer.js';
export { type ClientProblem, checkClient, GRANTS_OF_THE_PROVEN } from './clients/check-client.js';
export { usesClientSecret } from './clients/client-secret-methods.js';
export { METADATA_DOCUMENT_LIMITS } from './clients/metadata-documents/document-limits.js';
export { type HttpFreshness, readHttpFreshness } from './clients/metadata-documents/http-freshness.js';
export { isHostPattern } from './clients/metadata-documents/trusted-hosts.js';
export { ConfigurationError } from './configuration-error.js';
export { workloadSubject } from './grants/workload-subject.js';
export { LEAST_PUBLISH_AHEAD_SECONDS, MOST_PUBLISH_AHEAD_SECONDS } from './keys/signing-settings.js';
export { findLifetimesBeyond, type LifetimeBeyond, LONGEST_LIFETIMES } from './lifetime-rules.js';
export {
  createResourceServer,
  createResourceServerSecret,
  type NewResourceServer,
  type NewResourceServerSecret,
  type ResourceDefinitionFailure,
} from './resources/new-resource-server.js';
export { checkScopeName, findRepeatedScope, findScopeCircle } from './resources/scope-rules.js';
export { normaliseUsername } from './sign-in/password/username.js';
export { subjectAtIssuer } from './sign-in/subject-at-issuer.js';
