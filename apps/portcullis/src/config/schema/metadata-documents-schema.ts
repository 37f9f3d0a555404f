import { isHostPattern } from '@portcullis/authorization-server/rules';
import { z } from 'zod';
import { checkedText, strictObject } from './building-blocks.js';

/** What is wrong with an entry of a list of hosts, or undefined. */
function checkHostPattern(text: string): string | undefined {
  if (isHostPattern(text)) return undefined;
  return 'must be a host in lower case such as app.example.com, or *.example.com for every name below it';
}

const hosts = z.array(checkedText('app.example.com, or *.example.com for every name below it.', checkHostPattern));

const shape = strictObject({
  enabled: z.boolean().default(true).describe('Whether a client_id may be the URL of a metadata document.'),
  allowedHosts: hosts.default([]).describe('Hosts whose documents are accepted.'),
  deniedHosts: hosts.default([]).describe('Hosts whose documents are not; goes before everything else.'),
  otherHosts: z
    .enum(['allow', 'ask', 'deny'])
    .default('allow')
    .describe('What becomes of other hosts: accepted, put before you (npx portcullis clients pending), or refused.'),
});

/** Which Client ID Metadata Documents are accepted: an object, or false in place of `{ enabled: false }`. */
export const metadataDocumentsSchema = z
  .union([z.literal(false), shape])
  .transform((value) => (value === false ? shape.parse({ enabled: false }) : value));
