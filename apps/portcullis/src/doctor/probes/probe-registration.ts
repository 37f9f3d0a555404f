import type { JsonObject } from '@portcullis/protocol';
import { type Finding, note, pass, warn } from '../finding.js';
import { textOf } from './fetch-document.js';

/** How a client that the provider has never heard of comes to be known there. Registers nothing. */
export function probeRegistration(metadata: JsonObject): readonly Finding[] {
  const byDocument = metadata['client_id_metadata_document_supported'] === true;
  const endpoint = textOf(metadata, 'registration_endpoint');
  return [
    byDocument
      ? pass('client-documents', 'clients may name themselves by the URL of their metadata document (CIMD)')
      : note(
          'client-documents',
          'client_id_metadata_document_supported is not in the metadata: no client can name itself by a document (CIMD)',
        ),
    judgeRegistration(endpoint, byDocument),
  ];
}

function judgeRegistration(endpoint: string | undefined, byDocument: boolean): Finding {
  if (endpoint !== undefined) {
    return note(
      'registration',
      `clients may register themselves (RFC 7591) at ${endpoint}; whether it wants a token first was not tried`,
    );
  }
  if (byDocument) return pass('registration', 'there is no registration_endpoint, and with CIMD none is needed');
  return warn(
    'registration',
    'clients can register neither by a document (CIMD) nor themselves (RFC 7591): each MCP client has to be entered at the provider by hand',
    {
      advice:
        'Enter each client at the provider and give people its client_id, or let a bridge take clients by their documents.',
    },
  );
}
