import type { Clock, ResourceDefinition, ResourceServerStore } from '@portcullis/ports';
import {
  fail,
  foldResourceIdentifier,
  keyOfResource,
  type ResourceIdentifier,
  type Result,
  succeed,
} from '@portcullis/protocol';
import type { Settings } from '../settings.js';
import { createPublishedResources } from './published-resources.js';

/** Why a request's resource cannot be granted. */
export type RequestedResourceFailure = 'resource_missing' | 'resource_ambiguous' | 'resource_unknown';

/** The resources access tokens are issued for, wherever they are kept. */
export interface ResourceDirectory {
  /** Configured ones first, then those that the operator registered. */
  list(): Promise<readonly ResourceDefinition[]>;
  /** The same for documents that anybody may read: see {@link createPublishedResources}. */
  published(): Promise<readonly ResourceDefinition[]>;
  /** The resource that was granted; undefined where it is no longer served, so that nothing may be minted for it. */
  find(identifier: ResourceIdentifier): Promise<ResourceDefinition | undefined>;
  /**
   * Decides which resource a request is about (RFC 8707 §2). None named is the only one there is; more than one, or one
   * that is not ours, is refused: every access token has exactly one audience.
   */
  choose(requested: readonly string[]): Promise<Result<ResourceDefinition, RequestedResourceFailure>>;
}

/** Configured resources, and those of registered resource servers whose identifier is not configured. */
export function createResourceDirectory(
  store: ResourceServerStore,
  settings: Pick<Settings, 'tenantId' | 'resources'>,
  clock: Clock,
): ResourceDirectory {
  const { tenantId } = settings;
  const configured = new Map(settings.resources.map((resource) => [keyOfResource(resource.identifier), resource]));

  async function findFolded(folded: string): Promise<ResourceDefinition | undefined> {
    return configured.get(folded) ?? (await store.findByResource(tenantId, folded))?.resource;
  }

  async function list(): Promise<readonly ResourceDefinition[]> {
    const others = (await store.list(tenantId)).map(({ resource }) => resource);
    return [...configured.values(), ...others.filter(({ identifier }) => !configured.has(keyOfResource(identifier)))];
  }

  return {
    list,
    published: createPublishedResources(list, clock),
    async find(identifier) {
      const found = await findFolded(keyOfResource(identifier));
      return found?.identifier === identifier ? found : undefined;
    },
    async choose(requested) {
      if (requested.length === 0) {
        const [only, ...others] = await list();
        return only !== undefined && others.length === 0 ? succeed(only) : fail('resource_missing');
      }
      const folded = new Set(requested.map((text) => foldResourceIdentifier(text)));
      if (folded.size > 1) return fail('resource_ambiguous');
      const [wanted] = folded;
      const found = wanted === undefined ? undefined : await findFolded(wanted);
      return found === undefined ? fail('resource_unknown') : succeed(found);
    },
  };
}
