import type { Client, RequestContext, User } from '@portcullis/ports';
import {
  type ClientIdUrlFailure,
  fail,
  looksLikeClientIdUrl,
  MAX_CLIENT_ID_LENGTH,
  parseClientIdUrl,
  type Result,
  succeed,
} from '@portcullis/protocol';
import type { AuditTrail } from '../audit-trail.js';
import type { AuthorizationServerPorts } from '../options.js';
import type { Settings } from '../settings.js';
import { isDocumentClient } from './metadata-documents/document-client.js';
import { createDocumentClients, type DocumentAdmissionFailure } from './metadata-documents/document-clients.js';

/** Why a client may not begin an authorization. For the trail, except where a page says more. */
export type AdmissionFailure = { readonly reason: 'client_unknown' | ClientIdUrlFailure } | DocumentAdmissionFailure;

/** A client that may begin an authorization. */
export interface AdmittedClient {
  readonly client: Client;
  /** Only once the operator has let it in: until then, nothing is sent to it, and nobody shown its page. */
  readonly needsOperator: boolean;
}

/** Where a client is looked up, wherever it is kept. */
export interface ClientDirectory {
  /**
   * A client that is known already: for its tokens, and for pages of a transaction under way.
   *
   * @throws {ClientUnavailableError} when it lives by a document that is too old and cannot be fetched now
   */
  find(clientId: string): Promise<Client | undefined>;
  /** A client that begins an authorization, met for the first time or again. */
  admit(clientId: string, context: RequestContext): Promise<Result<AdmittedClient, AdmissionFailure>>;
  /**
   * Puts a client that was admitted before the operator. Undefined when they have let it in. Takes one of few places, so
   * the request has to be good in everything else.
   *
   * @param asker - the user who wants to let it act
   */
  askOperator(
    client: Client,
    asker: Pick<User, 'subject' | 'username'>,
    context: RequestContext,
  ): Promise<AdmissionFailure | undefined>;
  /**
   * Makes a client known that was admitted and whose request was accepted. Strangers can name any number of documents:
   * what they only name is not stored.
   */
  keep(client: Client, context: RequestContext): Promise<void>;
}

/** Configured clients first, then those that are stored, then those that a document describes. */
export function createClientDirectory(
  ports: Pick<AuthorizationServerPorts, 'platform' | 'storage' | 'rateLimiter' | 'untrustedFetch'>,
  settings: Pick<Settings, 'tenantId' | 'configuredClients' | 'metadataDocuments' | 'redirectSchemes' | 'rateLimits'>,
  trail: AuditTrail,
): ClientDirectory {
  const documents = createDocumentClients(ports, settings, trail);

  async function lookUp(clientId: string): Promise<Client | undefined> {
    if (clientId.length > MAX_CLIENT_ID_LENGTH) return undefined;
    return settings.configuredClients.get(clientId) ?? (await ports.storage.clients.find(settings.tenantId, clientId));
  }

  return {
    async find(clientId) {
      const client = await lookUp(clientId);
      return isDocumentClient(client) ? documents?.find(client) : client;
    },

    async admit(clientId, context) {
      const client = await lookUp(clientId);
      if (client !== undefined && !isDocumentClient(client)) return succeed({ client, needsOperator: false });
      if (documents === undefined || !looksLikeClientIdUrl(clientId)) return fail({ reason: 'client_unknown' });
      const url = parseClientIdUrl(clientId);
      return url.ok ? documents.admit(url.value, client, context) : fail({ reason: url.failure });
    },

    async askOperator(client, asker, context) {
      if (!isDocumentClient(client)) return undefined;
      return documents === undefined ? { reason: 'client_unknown' } : documents.askOperator(client, asker, context);
    },

    async keep(client, context) {
      if (isDocumentClient(client)) await documents?.keep(client, context);
    },
  };
}
