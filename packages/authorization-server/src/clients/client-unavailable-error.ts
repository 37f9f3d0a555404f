/**
 * A client's document is too old to go on with, and its host cannot be reached. It may be again: whoever asked is to come
 * back, and must not be told that the client does not exist.
 */
export class ClientUnavailableError extends Error {
  override readonly name = 'ClientUnavailableError';
}
