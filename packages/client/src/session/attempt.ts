import { OAuthClientError } from '../oauth-client-error.js';

/**
 * Counts an authorization. What it throws ends the matter; what it returns takes the count back, where the server was down
 * and nobody was asked to sign in.
 */
export type Attempt = () => () => void;

/** Awaits `work`, and takes the count back where that fails for a while only: such a server has refused nothing. */
export async function unlessDown<Value>(work: Promise<Value>, takeBack: () => void): Promise<Value> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof OAuthClientError && error.code === 'server_unavailable') takeBack();
    throw error;
  }
}
