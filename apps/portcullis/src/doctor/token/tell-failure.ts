import type { AccessTokenFailure } from '@portcullis/resource-server';

const REASONS: Readonly<Partial<Record<AccessTokenFailure['reason'], string>>> = {
  algorithm_not_allowed: 'the algorithm is none that this kind of provider uses',
  wrong_type: 'it is none that this kind of provider gives as an access token',
  wrong_audience: 'nothing in it proves that it is for this server',
  wrong_client: 'its client is none that may call',
  wrong_tenant: 'it is of another tenant',
  sender_constrained: 'it is bound to a key or a certificate in a way that the guard cannot have proven',
};

/** Why a guard refuses a token, in words. */
export function tellFailure(failure: AccessTokenFailure): string {
  const words = REASONS[failure.reason] ?? failure.reason.replaceAll('_', ' ');
  return 'claim' in failure ? `${words}: ${failure.claim}` : words;
}
