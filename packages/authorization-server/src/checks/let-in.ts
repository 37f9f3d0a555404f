import type { RequestContext, User } from '@portcullis/ports';
import type { AdmissionFailure, AdmittedClient, ClientDirectory } from '../clients/client-directory.js';

/** Why a client may not go on whose request is good. */
export type LetInFailure = AdmissionFailure | { readonly reason: 'sign_in_before_asking' };

/**
 * Puts a client before the operator where they are to be asked first. It is the last of all checks, and `user` is one of
 * this server: what a stranger only names, or what could not be accepted anyway, takes no place in the queue.
 */
export async function checkLetIn(
  clients: ClientDirectory,
  { client, needsOperator }: AdmittedClient,
  user: Pick<User, 'subject' | 'username'> | undefined,
  context: RequestContext,
): Promise<LetInFailure | undefined> {
  if (!needsOperator) return undefined;
  return user === undefined ? { reason: 'sign_in_before_asking' } : clients.askOperator(client, user, context);
}
