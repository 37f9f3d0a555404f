import type { JsonObject } from '@portcullis/protocol';
import { type Finding, note } from '../finding.js';
import { textOf } from './fetch-document.js';

/** Whether the provider can be asked about a token (RFC 7662). Asks nothing: that takes credentials. */
export function probeIntrospection(metadata: JsonObject): Finding {
  const endpoint = textOf(metadata, 'introspection_endpoint');
  return endpoint === undefined
    ? note('introspection', 'there is no introspection_endpoint: opaque tokens cannot be verified, JWTs do without')
    : note('introspection', `opaque tokens can be asked about at ${endpoint}, with a client of your server's own`);
}
