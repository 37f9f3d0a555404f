import { createScopeHierarchy } from '@portcullis/protocol';
import type { VerifiedAccessToken } from '../access-token.js';
import type { Caller } from '../caller.js';
import { freezeJson, frozenList, sealSet } from '../frozen.js';
import type { ResourceSettings } from './settings.js';

/** A caller, and whether it may call at all. */
export interface KnownCaller {
  readonly caller: Caller;
  /** Lacks a scope that every request needs. */
  readonly isLacking: boolean;
}

/**
 * Works out once for each verified token who calls, and forgets it with the token. All later requests of that token are
 * given the same caller, so nothing in it can be changed.
 */
export class KnownCallers {
  readonly #known = new WeakMap<VerifiedAccessToken, KnownCaller>();
  readonly #expand: (scopes: readonly string[]) => ReadonlySet<string>;
  readonly #requiredScopes: readonly string[];
  readonly #resourceMetadataUrl: string;
  readonly #onNew: (caller: Caller) => void;

  /** @param onNew - called for each token that is met for the first time */
  constructor(settings: ResourceSettings, resourceMetadataUrl: string, onNew: (caller: Caller) => void) {
    this.#expand = createScopeHierarchy(settings.scopes);
    this.#requiredScopes = settings.requiredScopes;
    this.#resourceMetadataUrl = resourceMetadataUrl;
    this.#onNew = onNew;
  }

  of(accessToken: VerifiedAccessToken): KnownCaller {
    let known = this.#known.get(accessToken);
    if (known === undefined) {
      const { scopes, permissions, groups, claims } = accessToken;
      const caller: Caller = Object.freeze({
        ...accessToken,
        scopes: frozenList(scopes),
        permissions: frozenList(permissions),
        groups: groups === undefined ? undefined : frozenList(groups),
        claims: freezeJson(claims),
        heldScopes: sealSet(this.#expand(scopes)),
        resourceMetadataUrl: this.#resourceMetadataUrl,
      });
      known = { caller, isLacking: this.#requiredScopes.some((scope) => !caller.heldScopes.has(scope)) };
      this.#known.set(accessToken, known);
      this.#onNew(caller);
    }
    return known;
  }
}
