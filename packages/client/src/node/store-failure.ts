import { OAuthClientError } from '../oauth-client-error.js';

/** The code that the system gave an error (`ENOENT`), or undefined where it is none of its own. */
export function systemCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** A failure of the store, as callers see it. One that is told already stays as it is. */
export function storeFailure(message: string, cause?: unknown): OAuthClientError {
  return cause instanceof OAuthClientError ? cause : new OAuthClientError('store_failed', message, { cause });
}
