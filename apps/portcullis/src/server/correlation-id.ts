import { base64Url, type Random } from '@portcullis/ports';

const CORRELATION_ID_BYTES = 12;

/** A fresh id that joins what is recorded of one message and is told to its sender. */
export function newCorrelationId(random: Random): string {
  return base64Url(random.bytes(CORRELATION_ID_BYTES));
}
