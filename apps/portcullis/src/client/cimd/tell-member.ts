import type { JsonValue } from '@portcullis/protocol';
import type { ClientIdMetadataDocumentFailure } from '@portcullis/protocol/client-metadata';
import { type Finding, fault, quote } from './finding.js';

/** Why a member is refused that stands in a document in which all else is good. */
type MemberFailure = Exclude<ClientIdMetadataDocumentFailure, 'keys_missing' | 'keys_given_twice'>;

const HTTPS = 'has to be an https URL in printable ASCII, of at most 2048 characters';
const FORMS: Readonly<Record<string, string>> = {
  application_type: 'has to be "native" or "web"',
  client_name: 'has to be a text of at most 512 characters',
  client_uri: `${HTTPS}, or an http one of this computer`,
  logo_uri: HTTPS,
  tos_uri: HTTPS,
  policy_uri: HTTPS,
  jwks_uri: HTTPS,
  grant_types: 'has to be a list of at most 20 texts',
  response_types: 'has to be a list with "code" in it: there is no other way to a token',
  token_endpoint_auth_method: 'has to be "none" or "private_key_jwt"',
  token_endpoint_auth_methods_supported: 'has to be a list of at least one text',
};

/** Puts what is wrong with a member into words. */
export function tellMember(name: string, value: JsonValue | undefined, failure: MemberFailure): Finding {
  switch (failure) {
    case 'client_secret_given':
      return fault(
        'no-secret',
        'no secret can stand in a document that everybody may read: leave it out, and do not use it any more',
        name,
      );
    case 'client_name_missing':
      return fault(
        'client-name',
        'has to be there, with something visible in it: people are asked whether they trust it',
        name,
      );
    case 'auth_method_not_accepted':
      return fault(
        'proof',
        `is ${quote(value)}: a client that nobody registered shares no secret with anybody; use "none", or "private_key_jwt" with keys`,
        name,
      );
    case 'client_keys_private':
      return fault(
        'no-secret',
        'shows a private or symmetric key: make a new key, and publish its public half alone',
        name,
      );
    case 'client_keys_malformed':
      return fault(
        'proof',
        'has to be {"keys":[…]} with at most 50 public keys, and one of them of a kind that signs here: EC P-256, Ed25519, or RSA of 2048 to 4096 bits with an odd exponent of 3 or more',
        name,
      );
    case 'redirect_uris_malformed':
      return fault('redirect-uri', 'has to be a list of 1 to 20 texts', name);
    case 'redirect_uris_refused':
      return fault(
        'redirect-uri',
        'holds none that every authorization server takes: add an https or a loopback one',
        name,
      );
    case 'document_not_json':
      return fault('json', 'is nested deeper than anything in the metadata of a client', name);
    case 'document_not_an_object':
    case 'document_of_other_client':
      return fault('metadata', `is refused (${failure})`, name);
    default:
      // Every member has a failure of its own; which one it is, the name says.
      return fault(
        'metadata',
        `is ${quote(value)}: it ${FORMS[name.split('#', 1)[0] ?? ''] ?? 'has another form'}`,
        name,
      );
  }
}
