import type { Client } from '@portcullis/ports';

/** Whether the operator made this client known. Nobody vouches for the others: anybody can register one, or write a
 * document that describes one. */
export function isVouchedFor({ source }: Pick<Client, 'source'>): boolean {
  return source === 'configured' || source === 'registered';
}
