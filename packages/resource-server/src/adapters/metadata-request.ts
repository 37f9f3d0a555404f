import type { WholeResponse } from '@portcullis/ports';
import { PROTECTED_RESOURCE_WELL_KNOWN } from '../protected-resource-metadata.js';
import type { Admission, GuardedResource, PresentedRequest } from '../resource/protected-resource.js';

/**
 * The answer to a request for metadata of the resource, or of one tenant's; undefined for any other request, which goes
 * on. A guard that is mounted at a path never sees these requests: RFC 9728 §3.1 puts the metadata beside it.
 */
export function answerMetadata(
  resource: GuardedResource,
  request: PresentedRequest,
): WholeResponse | undefined | Promise<WholeResponse | undefined> {
  if (!request.target.startsWith(PROTECTED_RESOURCE_WELL_KNOWN)) return undefined;
  const admission = resource.admit(request);
  return 'outcome' in admission ? answerOf(admission) : admission.then(answerOf);
}

function answerOf(admission: Admission): WholeResponse | undefined {
  return admission.outcome === 'answered' ? admission.response : undefined;
}
