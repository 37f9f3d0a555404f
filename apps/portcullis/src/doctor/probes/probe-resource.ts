import type { JsonObject } from '@portcullis/protocol';
import type { PresetName } from '@portcullis/resource-server';
import { type Finding, fault, list, note, pass, warn } from '../finding.js';
import { textsOf } from './fetch-document.js';
import { RESOURCE_AT_PROVIDERS } from './resource-at-providers.js';

/** What is known of the server beside the metadata. */
export interface ResourceFacts {
  readonly preset: PresetName | undefined;
  readonly resource: string | undefined;
  /** Whether a sample token named it as the one that it is for. */
  readonly isProven: boolean;
  /** What the sample token is for, where it names anything. */
  readonly audiences: readonly string[];
}

/**
 * Whether `resource` (RFC 8707) can be relied on, as far as that is known without signing in: by a sample token, by the
 * servers that the metadata list (`protected_resources`, RFC 9728 §4), or by what the provider documents. No metadata say
 * it outright.
 */
export function probeResource(metadata: JsonObject, { preset, resource, isProven, audiences }: ResourceFacts): Finding {
  if (isProven) return pass('resource', 'the sample token is for this server');
  const listed = textsOf(metadata, 'protected_resources');
  if (listed !== undefined && resource !== undefined) {
    if (listed.includes(resource))
      return pass('resource', 'the metadata list this server among the protected resources');
    return warn(
      'resource',
      `the metadata list ${listed.length} protected resources, and this server is not among them`,
      {
        advice: 'Register it at the provider.',
      },
    );
  }
  if (preset === 'entra' && resource !== undefined && !isApplicationIdUri(resource)) {
    return warn(
      'resource',
      `Entra refuses ${resource} as resource: it takes https URLs with a path and without a slash at the end (AADSTS9010010)`,
      {
        advice: 'Let clients call your server by such a URL, for example https://files.example.com/mcp.',
      },
    );
  }
  const known = preset === undefined ? undefined : RESOURCE_AT_PROVIDERS[preset];
  switch (known?.does) {
    case 'honours':
      return pass('resource', known.words);
    case 'if':
    case 'ignores':
      return warn('resource', known.words, { advice: 'The steps below say how tokens come to be for this server.' });
    case 'never':
      return fault('resource', known.words, { rulesOut: 'direct' });
    case undefined:
      if (audiences.length > 0) {
        return note('resource', `the sample token is for ${list(audiences)}: see its aud, below`);
      }
      return warn(
        'resource',
        'whether tokens are made for one server (resource, RFC 8707) is in no metadata, so it is not known here',
        {
          advice:
            'Fetch a token with resource=… for your server, and pipe it in with --resource and --token-stdin: its aud shows it.',
        },
      );
  }
}

/** What Entra lets be an Application ID URI that clients send as `resource`. */
function isApplicationIdUri(resource: string): boolean {
  return resource.startsWith('https:') && !resource.endsWith('/') && new URL(resource).pathname !== '/';
}
