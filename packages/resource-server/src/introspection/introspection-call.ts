import type { BoundedFetch } from '@portcullis/ports';
import { FORM_MEDIA_TYPE, type JsonObject } from '@portcullis/protocol';
import { readJsonAnswer, TIMEOUT_MILLISECONDS } from '../issuers/fetch-json.js';

/** Bytes of an answer. */
const MAX_ANSWER_BYTES = 64 * 1024;

/** What came of asking an issuer about a token (RFC 7662 §2.2). */
export type IntrospectionAnswer =
  | { readonly kind: 'active'; readonly claims: JsonObject }
  | { readonly kind: 'inactive' }
  /** What came is no answer to this one question; it may answer the next. */
  | { readonly kind: 'not_answered' }
  /** It cannot be asked: it is not there, breaks, or does not know who asks. */
  | { readonly kind: 'down' };

/** Whom to ask, and as whom. */
export interface IntrospectionCall {
  readonly endpoint: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly fetch: BoundedFetch;
}

/**
 * Asks about an access token (RFC 7662 §2.1), as a client with a secret in the `Authorization` header (RFC 6749 §2.3.1). An
 * answer without a boolean `active`, or one that is no JSON object, is none. Never rejects.
 */
export async function askAboutToken(accessToken: string, call: IntrospectionCall): Promise<IntrospectionAnswer> {
  try {
    const answer = await call.fetch({
      url: call.endpoint,
      method: 'POST',
      headers: {
        accept: 'application/json',
        authorization: basicAuthorization(call.clientId, call.clientSecret),
        'content-type': FORM_MEDIA_TYPE,
      },
      body: new URLSearchParams({ token: accessToken, token_type_hint: 'access_token' }).toString(),
      maxBytes: MAX_ANSWER_BYTES,
      timeoutMilliseconds: TIMEOUT_MILLISECONDS,
    });
    // An answer that is too long is one all the same.
    if (!answer.ok) return { kind: answer.failure === 'too_large' ? 'not_answered' : 'down' };
    const { status } = answer.value;
    // All else a stranger may bring about by the token he presents (a filter in front says 403 or 429 to an odd one), and he
    // must not be able to have the issuer count as down for all.
    if (status === 401 || status >= 500) return { kind: 'down' };
    const claims = status === 200 ? readJsonAnswer(answer.value) : undefined;
    if (claims?.['active'] === true) return { kind: 'active', claims };
    return { kind: claims?.['active'] === false ? 'inactive' : 'not_answered' };
  } catch {
    return { kind: 'down' };
  }
}

/** Each half is form encoded first, so that a colon or a letter beyond ASCII stays what it is (RFC 6749 §2.3.1). */
function basicAuthorization(clientId: string, clientSecret: string): string {
  return `Basic ${btoa(`${formEncode(clientId)}:${formEncode(clientSecret)}`)}`;
}

function formEncode(text: string): string {
  return new URLSearchParams([['', text]]).toString().slice(1);
}
