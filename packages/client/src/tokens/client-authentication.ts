import { type ClientAuth, ClientSecretPost, None, PrivateKeyJwt } from 'oauth4webapi';
import { OAuthClientError } from '../oauth-client-error.js';
import type { Registration } from '../stores/records.js';

/** A client with what it takes to prove itself. The private key never comes from a store. */
export interface ProvenClient {
  readonly registration: Registration;
  /** Of `private_key_jwt`. */
  readonly privateKey: { readonly key: CryptoKey; readonly keyId: string | undefined } | undefined;
}

/** Says nothing of a client: an assertion speaks for itself. */
export const UNNAMED_CLIENT: ClientAuth = () => {};

/**
 * How a client proves itself: as it was registered, and in no other way. An assertion is for the issuer alone, a text and
 * not a list, so that no other server can use it.
 *
 * @throws {OAuthClientError} `configuration_invalid` where what proves it is not there
 */
export function clientAuthentication({ registration, privateKey }: ProvenClient): ClientAuth {
  const { authMethod, clientSecret } = registration;
  if (authMethod === 'none') return None();
  if (authMethod === 'private_key_jwt' && privateKey !== undefined) {
    const { key, keyId } = privateKey;
    return PrivateKeyJwt(keyId === undefined ? key : { key, kid: keyId });
  }
  if (authMethod !== 'private_key_jwt' && clientSecret !== undefined) {
    return authMethod === 'client_secret_basic' ? clientSecretBasic(clientSecret) : ClientSecretPost(clientSecret);
  }
  throw new OAuthClientError(
    'configuration_invalid',
    `The client is to prove itself by ${authMethod}, and there is no ${authMethod === 'private_key_jwt' ? 'private key' : 'secret'} to do it with.`,
  );
}

/**
 * `client_secret_basic` (RFC 6749 §2.3.1). Encodes what the form encoding of the URL standard does and no more: the
 * library also writes `-` as `%2D`, which servers that do not decode take for another client.
 */
function clientSecretBasic(clientSecret: string): ClientAuth {
  return (_server, { client_id: clientId }, _body, headers) => {
    headers.set('authorization', `Basic ${btoa(`${formEncode(clientId)}:${formEncode(clientSecret)}`)}`);
  };
}

function formEncode(text: string): string {
  return new URLSearchParams({ '': text }).toString().slice(1);
}
