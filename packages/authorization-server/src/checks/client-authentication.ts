import type { Client, RequestContext } from '@portcullis/ports';
import { fail, type OauthParameters, type Result, succeed } from '@portcullis/protocol';
import type { ClientSecretMethod } from '../clients/client-secret-methods.js';
import type { Core } from '../core.js';
import type { LimitReached } from '../rate-limits.js';
import type { RefusalReason } from '../refusals.js';
import {
  type ClientAssertion,
  checkAssertionNow,
  checkClientAssertion,
  parseClientAssertion,
} from './client-assertion.js';
import { provesSecret, readPresentedCredentials } from './presented-credentials.js';
import type { UseProof } from './use-proof.js';

/** What a client proves itself with, by the method it used. */
type PresentedProof =
  | {
      readonly method: 'none' | ClientSecretMethod;
      /** Spellings of the one secret that was presented. None without a secret. */
      readonly secrets: readonly string[];
    }
  | { readonly method: 'private_key_jwt'; readonly assertion: ClientAssertion };

/** Who a client says it is, and what it shows for it. Nothing of it is proven. */
export interface PresentedClient {
  readonly clientId: string;
  readonly proof: PresentedProof;
}

/** Why nobody can say which client a request is of. */
export type UnreadableClient = Pick<ClientAuthenticationFailure, 'reason' | 'detail'> & {
  /** Whom an assertion names that cannot be read but for that. */
  readonly clientId?: string;
};

/** A client that proved who it is. */
export interface ProvenClient {
  readonly client: Client;
  readonly useProof: UseProof;
}

/** Finds the client that a request names, which is to prove itself by `method`. */
export type FindClient = (
  core: Core,
  clientId: string,
  method: Client['tokenEndpointAuthMethod'],
) => Promise<Client | undefined>;

/** A refused client authentication. */
export interface ClientAuthenticationFailure {
  readonly reason: RefusalReason;
  /** Named by the request; not proven. */
  readonly clientId: string | undefined;
  /** What the reason alone does not say, for the trail. */
  readonly detail?: string;
  /** Which limit it is, where the reason is `rate_limited`: nothing was judged then. */
  readonly limit?: LimitReached;
  /** When it is worth asking again, where the keys of the client cannot be had now: nothing was judged then either. */
  readonly retryAfterSeconds?: number;
}

/**
 * Authenticates the client of a token request (OAuth 2.1 §2.4, RFC 7523 §2.2). Only the method the client is registered
 * with counts: a confidential client is never let in without its proof, a public one never with one. A secret is compared
 * by its hash, in constant time. An unknown client, or one of another method, goes the same way as one that is known: the
 * same comparison, or the same verification with a key of nobody.
 *
 * @param context - whose network is counted where keys have to be fetched
 * @param find - where the client is looked up. @defaultValue among those that may act now
 * @throws {ClientUnavailableError} where `find` does
 */
export async function authenticateClient(
  core: Core,
  { clientId, proof }: PresentedClient,
  context: Pick<RequestContext, 'network'>,
  find: FindClient = ({ clients }, clientId) => clients.find(clientId),
): Promise<Result<ProvenClient, ClientAuthenticationFailure>> {
  // Before the client is looked up, since it is said outside: the same for one that there is and one that there is not.
  const fault = proof.method === 'private_key_jwt' ? checkAssertionNow(core, proof.assertion) : undefined;
  if (fault !== undefined) return fail({ ...fault, clientId });
  const found = await find(core, clientId, proof.method);
  const client = found?.tokenEndpointAuthMethod === proof.method ? found : undefined;
  const proven =
    proof.method === 'private_key_jwt'
      ? await checkClientAssertion(core, proof.assertion, client, context)
      : checkSecret(core, proof.secrets, client);
  if (found === undefined) return fail({ reason: 'client_unknown', clientId });
  if (client === undefined) return fail({ reason: 'client_method_mismatch', clientId });
  return proven.ok ? succeed({ client, useProof: proven.value }) : fail({ ...proven.failure, clientId });
}

function checkSecret(
  core: Core,
  secrets: readonly string[],
  client: Client | undefined,
): Result<UseProof, { readonly reason: RefusalReason }> {
  const isSecretRight = provesSecret(core.ports.platform.hash, secrets, client?.clientSecretHash);
  const isProven = client?.tokenEndpointAuthMethod === 'none' || isSecretRight;
  return isProven ? succeed(usesNothing) : fail({ reason: 'client_secret_wrong' });
}

/** A secret may come as often as it likes. */
const usesNothing: UseProof = async () => undefined;

/** Reads who the client of a request says it is, and its proof: an assertion is parsed, and nothing is verified. */
export function readPresentedClient(
  authorization: string | null,
  parameters: OauthParameters,
): Result<PresentedClient, UnreadableClient> {
  const credentials = readPresentedCredentials(authorization, parameters);
  if (!credentials.ok) return fail({ reason: credentials.failure });
  const presented = credentials.value;
  if (presented.method === 'private_key_jwt') return readAssertion(presented.assertion, presented.id, parameters);
  const secrets = presented.method === 'none' ? [] : presented.secrets;
  return succeed({ clientId: presented.id, proof: { method: presented.method, secrets } });
}

/** `client_id` may stay away: the assertion names the client (RFC 7521 §4.2). */
function readAssertion(
  text: string | undefined,
  clientId: string | undefined,
  parameters: OauthParameters,
): Result<PresentedClient, UnreadableClient> {
  if (text === undefined) return fail({ reason: 'client_assertion_malformed', detail: whatIsNoAssertion(parameters) });
  const assertion = parseClientAssertion(text);
  if (!assertion.ok) return assertion;
  if (clientId !== undefined && clientId !== assertion.value.clientId) return fail({ reason: 'client_id_mismatch' });
  return succeed({
    clientId: assertion.value.clientId,
    proof: { method: 'private_key_jwt', assertion: assertion.value },
  });
}

/** Which parameter it is that leaves a request without an assertion that can be read. */
function whatIsNoAssertion(parameters: OauthParameters): string {
  if (parameters.value('client_assertion') === undefined) return 'client_assertion: missing';
  const isTyped = parameters.value('client_assertion_type') !== undefined;
  return `client_assertion_type: ${isTyped ? 'not that of a JWT' : 'missing'}`;
}
