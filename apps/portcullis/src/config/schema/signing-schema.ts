import { LEAST_PUBLISH_AHEAD_SECONDS, MOST_PUBLISH_AHEAD_SECONDS } from '@portcullis/authorization-server/rules';
import { SIGNING_ALGORITHMS } from '@portcullis/ports';
import { z } from 'zod';
import { strictObject, wholeNumber } from './building-blocks.js';
import { DAY, MINUTE } from './durations.js';

/** How signing keys come and go. */
export const signingSchema = strictObject({
  algorithm: z
    .enum(SIGNING_ALGORITHMS)
    .default('ES256')
    .describe('Of keys made from now on; what older ones signed stays valid.'),
  rotateAfterSeconds: wholeNumber(
    'Age at which a key gets its successor; 0 leaves that to `npx portcullis keys rotate`.',
    0,
    10 * 365 * DAY,
    90 * DAY,
  ),
  publishAheadSeconds: wholeNumber(
    'How long a key is published before it signs: longer than any resource server keeps the JWK Set.',
    LEAST_PUBLISH_AHEAD_SECONDS,
    MOST_PUBLISH_AHEAD_SECONDS,
    15 * MINUTE,
  ),
}).superRefine(({ rotateAfterSeconds, publishAheadSeconds }, context) => {
  if (rotateAfterSeconds === 0 || rotateAfterSeconds > publishAheadSeconds) return;
  const message = 'is not longer than publishAheadSeconds: a key would be replaced before it signs';
  context.addIssue({ code: 'custom', path: ['rotateAfterSeconds'], message });
});
