import { createCipheriv, createDecipheriv, hkdfSync } from 'node:crypto';
import type { Random } from '@portcullis/ports';
import type { ResourceIdentifier } from '@portcullis/protocol';
import { type Caller, callerKey } from '../upstream/upstream.js';

const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** Longest session id of an upstream, in UTF-16 code units. */
const MAX_SESSION_ID = 1024;
/** What the longest one becomes: four bytes a character at most, nonce and tag, in base64url. */
const MAX_SEALED = Math.ceil(((MAX_SESSION_ID * 4 + NONCE_BYTES + TAG_BYTES) * 4) / 3);
const BASE64URL = /^[A-Za-z0-9_-]+$/;

/** Turns an upstream's session ids into ones that only the same caller can use, and back. */
export interface SessionSealer {
  /** What the client sees. Undefined for an id longer than 1,024 characters. */
  seal(sessionId: string, caller: Caller): string | undefined;
  /** The upstream's id, or undefined where the sealed one is not this caller's at this resource, or none at all. */
  open(sealed: string, caller: Caller): string | undefined;
}

/**
 * AES-256-GCM under a key derived by HKDF-SHA-256 from `secret`; resource and caller are the associated data. Stateless,
 * so every replica opens what another sealed. Bound to tenant, issuer, subject and client, not to an access token: a
 * refreshed token keeps its sessions (MCP 2025-11-25, Session Hijacking). Synchronous, because it is on the hot path.
 *
 * Does not bound a session's life: that is the upstream's.
 */
export function createSessionSealer(secret: Uint8Array, resource: ResourceIdentifier, random: Random): SessionSealer {
  const key = Buffer.from(hkdfSync('sha256', secret, new Uint8Array(32), 'portcullis mcp-session', 32));

  function associatedData(caller: Caller): Buffer {
    return Buffer.from(JSON.stringify([resource, callerKey(caller)]));
  }

  return {
    seal(sessionId, caller) {
      if (sessionId.length > MAX_SESSION_ID) return undefined;
      const nonce = random.bytes(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(associatedData(caller));
      const parts = [nonce, cipher.update(sessionId, 'utf8'), cipher.final(), cipher.getAuthTag()];
      return Buffer.concat(parts).toString('base64url');
    },
    open(sealed, caller) {
      if (sealed.length > MAX_SEALED || !BASE64URL.test(sealed)) return undefined;
      const bytes = Buffer.from(sealed, 'base64url');
      if (bytes.length <= NONCE_BYTES + TAG_BYTES) return undefined;
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE_BYTES))
        .setAAD(associatedData(caller))
        .setAuthTag(bytes.subarray(-TAG_BYTES));
      try {
        return decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES), undefined, 'utf8') + decipher.final('utf8');
      } catch {
        return undefined;
      }
    },
  };
}
