import { SIGNING_ALGORITHMS } from '@portcullis/ports';
import { ConfigurationError } from '../configuration-error.js';
import { DOCUMENT_MAX_AGE_SECONDS } from '../endpoints/document-max-age.js';
import type { SigningOptions } from '../options.js';
import { KEY_RELOAD_SECONDS } from './key-timeline.js';

const DAY_SECONDS = 86_400;

/** What holds where an option is left out. */
export const DEFAULT_SIGNING: SigningOptions = {
  algorithm: 'ES256',
  rotateAfterSeconds: 90 * DAY_SECONDS,
  publishAheadSeconds: 900,
};

/**
 * The least `publishAheadSeconds`. A process may serve the JWK Set without a new key until it has read the keys again,
 * and whoever fetched it then may keep it for its `max-age`: after that everybody who follows the rules has the key. There
 * is no way round it by 0: a key that must sign at once is rotated in at once, when that is needed.
 */
export const LEAST_PUBLISH_AHEAD_SECONDS = KEY_RELOAD_SECONDS + DOCUMENT_MAX_AGE_SECONDS;

/**
 * The most `publishAheadSeconds`. A key whose turn is further off than that and a day more was made by a clock that was
 * ahead, and gets a successor: what one server may be told to wait for must not look so to another that is told less.
 */
export const MOST_PUBLISH_AHEAD_SECONDS = DAY_SECONDS;

/** Checks the options and fills in the defaults. @throws {ConfigurationError} for what cannot work. */
export function resolveSigning(options: Partial<SigningOptions> = {}): SigningOptions {
  const signing = { ...DEFAULT_SIGNING, ...options };
  const { algorithm, rotateAfterSeconds, publishAheadSeconds } = signing;
  demand(SIGNING_ALGORITHMS.includes(algorithm), `algorithm: must be one of ${SIGNING_ALGORITHMS.join(', ')}`);
  demand(
    Number.isInteger(publishAheadSeconds) && publishAheadSeconds >= LEAST_PUBLISH_AHEAD_SECONDS,
    `publishAheadSeconds: must be a whole number of seconds, ${LEAST_PUBLISH_AHEAD_SECONDS} or more: a JWK Set without the new key may be kept for that long`,
  );
  demand(
    publishAheadSeconds <= MOST_PUBLISH_AHEAD_SECONDS,
    `publishAheadSeconds: must be ${MOST_PUBLISH_AHEAD_SECONDS} or less: a key that signs much later is taken for one of a wrong clock`,
  );
  demand(
    rotateAfterSeconds === 0 || (Number.isInteger(rotateAfterSeconds) && rotateAfterSeconds > publishAheadSeconds),
    'rotateAfterSeconds: must be 0, or a whole number of seconds above publishAheadSeconds',
  );
  return signing;
}

function demand(holds: boolean, message: string): void {
  if (!holds) throw new ConfigurationError(`signing.${message}`);
}
