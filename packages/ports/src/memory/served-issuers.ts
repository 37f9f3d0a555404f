import type { TenantId } from '@portcullis/protocol';
import type { MemoryState } from './memory-state.js';

/** `Storage.noteIssuer` in memory. */
export function noteIssuer(state: MemoryState, tenantId: TenantId, issuer: string): string | undefined {
  const before = state.servedIssuers.get(tenantId, '');
  state.servedIssuers.put(tenantId, '', issuer);
  return before === issuer ? undefined : before;
}
