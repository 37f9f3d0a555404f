import { isLoopbackHost, type JsonObject } from '@portcullis/protocol';
import { type Finding, fault, list, note, pass, quote, warn } from '../finding.js';
import { textOf, textsOf } from './fetch-document.js';

/** What the metadata say of how people and machines sign in. Fetches nothing. */
export function probeSignIn(metadata: JsonObject, issuer: string): readonly Finding[] {
  return [
    judgeEndpoints(metadata, issuer),
    judgePkce(metadata),
    ...judgePushedRequests(metadata),
    judgeIssParameter(metadata),
    judgeGrants(metadata),
    judgeClientProof(metadata),
    judgeRefreshTokens(metadata),
  ];
}

function judgeEndpoints(metadata: JsonObject, issuer: string): Finding {
  const names = ['authorization_endpoint', 'token_endpoint'] as const;
  const missing = names.filter((name) => textOf(metadata, name) === undefined);
  if (missing.length > 0) {
    return fault('endpoints', `the metadata have no ${missing.join(' and no ')}`, { rulesOut: 'direct' });
  }
  const urls = names.map((name) => textOf(metadata, name) ?? '');
  const unsafe = urls.filter((url) => !isSafe(url));
  if (unsafe.length > 0) {
    return fault('endpoints', `these are no https URLs: ${list(unsafe.map(quote))}`, { rulesOut: 'direct' });
  }
  const { host } = new URL(issuer);
  const elsewhere = [...new Set(urls.map((url) => new URL(url).host))].filter((one) => one !== host);
  return elsewhere.length === 0
    ? pass('endpoints', 'authorization and token endpoint are at the host of the issuer')
    : note('endpoints', `authorization or token endpoint are at another host than the issuer: ${list(elsewhere)}`);
}

function isSafe(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname } = new URL(text);
  return protocol === 'https:' || (protocol === 'http:' && isLoopbackHost(hostname));
}

function judgePkce(metadata: JsonObject): Finding {
  const methods = textsOf(metadata, 'code_challenge_methods_supported');
  const advice =
    'Nothing at your server can mend that: the provider has to say it in its metadata, or a bridge has to stand in front.';
  if (methods === undefined) {
    return fault(
      'pkce',
      'code_challenge_methods_supported is not in the metadata. MCP clients must refuse such an authorization server, even where it takes PKCE',
      { advice, rulesOut: 'direct' },
    );
  }
  if (!methods.includes('S256')) {
    return fault('pkce', `S256 is not among the methods of PKCE: ${list(methods.map(quote)) || 'there are none'}`, {
      advice,
      rulesOut: 'direct',
    });
  }
  return pass(
    'pkce',
    methods.includes('plain') ? 'S256 is advertised (and plain, which no MCP client uses)' : 'S256 is advertised',
  );
}

/** Nothing is said where requests may come as they always did. */
function judgePushedRequests(metadata: JsonObject): readonly Finding[] {
  if (metadata['require_pushed_authorization_requests'] !== true) return [];
  if (textOf(metadata, 'pushed_authorization_request_endpoint') === undefined) {
    return [
      fault(
        'pushed-requests',
        'authorization requests have to be pushed, and the metadata name nowhere to push them to',
        {
          rulesOut: 'direct',
        },
      ),
    ];
  }
  return [
    warn(
      'pushed-requests',
      'authorization requests have to be pushed: clients that do not push theirs cannot sign in, and few MCP clients do',
      { advice: 'Demand it of single clients alone, or use clients that push (portcullis connect does).' },
    ),
  ];
}

function judgeIssParameter(metadata: JsonObject): Finding {
  return metadata['authorization_response_iss_parameter_supported'] === true
    ? pass('iss-parameter', 'authorization responses name the issuer, which tells answers of two servers apart')
    : warn(
        'iss-parameter',
        'authorization responses do not name the issuer: a client of several servers cannot tell whose answer it got',
        {
          advice: 'Switch it on where the provider has it.',
        },
      );
}

function judgeGrants(metadata: JsonObject): Finding {
  const responses = textsOf(metadata, 'response_types_supported');
  if (responses !== undefined && !responses.includes('code')) {
    return fault('grants', `code is not among the response types, so no person can sign in: ${list(responses)}`, {
      rulesOut: 'direct',
    });
  }
  const grants = textsOf(metadata, 'grant_types_supported');
  if (grants === undefined) return pass('grants', 'nothing is said, which means authorization_code (and implicit)');
  if (!grants.includes('authorization_code')) {
    return fault('grants', `authorization_code is not among them, so no person can sign in: ${list(grants)}`, {
      rulesOut: 'direct',
    });
  }
  return pass('grants', list(grants));
}

function judgeClientProof(metadata: JsonObject): Finding {
  const methods = textsOf(metadata, 'token_endpoint_auth_methods_supported') ?? ['client_secret_basic'];
  if (methods.includes('none')) return pass('client-proof', list(methods));
  return warn(
    'client-proof',
    `"none" is not among the ways that a client proves itself: ${list(methods)}. MCP clients on people's computers have no secret`,
    {
      advice:
        'Check that the provider takes public clients (native applications) all the same; several do and do not say so.',
    },
  );
}

function judgeRefreshTokens(metadata: JsonObject): Finding {
  const scopes = textsOf(metadata, 'scopes_supported');
  const grants = textsOf(metadata, 'grant_types_supported');
  if (scopes?.includes('offline_access')) {
    return pass('refresh-tokens', 'offline_access is among the scopes, so clients know to ask for it');
  }
  if (grants?.includes('refresh_token')) {
    return note(
      'refresh-tokens',
      'the grant is there, and offline_access is not among the scopes: whether clients get one is up to the provider',
    );
  }
  return warn(
    'refresh-tokens',
    'neither offline_access nor the grant refresh_token is advertised: clients will not ask for one, and people sign in again whenever an access token ends',
    { advice: 'Allow refresh tokens at the provider, and let its metadata say so.' },
  );
}
