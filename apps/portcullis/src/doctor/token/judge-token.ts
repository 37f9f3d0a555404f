import type { JsonObject } from '@portcullis/protocol';
import { DEFAULT_CLOCK_TOLERANCE_SECONDS, type TokenSteps } from '@portcullis/resource-server';
import { type Finding, fault, note, pass, quote, warn } from '../finding.js';
import { compareIssuer } from '../probes/compare-issuer.js';

/** An access token that is good for longer is as good as a password. */
const LONG_SECONDS = 24 * 3600;

/** Judges `iss` (RFC 9068 §4): character by character. */
export function judgeIssuer({ iss }: JsonObject, issuer: string): Finding {
  if (typeof iss !== 'string') return fault('token-issuer', 'it has no iss, so nobody says who made it');
  const relation = compareIssuer(issuer, iss);
  if (relation === 'same') return pass('token-issuer', 'it is the issuer, character by character');
  if (relation === 'slash') {
    return fault('token-issuer', `trailing slash: it is ${quote(iss)}, and the issuer is ${issuer}`, {
      advice: 'Write the issuer as tokens have it.',
    });
  }
  if (/^https:\/\/sts\.windows\.net\//.test(iss)) {
    return fault('token-issuer', `it is ${quote(iss)}: a token of version 1.0`, {
      advice: 'Set requestedAccessTokenVersion to 2 in the manifest of the API at Entra.',
    });
  }
  return fault('token-issuer', `it is ${quote(iss)}, which is another issuer`);
}

/** Puts words to `exp`, `iat` and `nbf` (RFC 7519 §4.1). */
export function judgeTimes(claims: JsonObject, step: TokenSteps['times'], nowEpochSeconds: number): Finding {
  if (!step.ok) return tellTimes(claims, step.failure, nowEpochSeconds);
  const { expiresAtEpochSeconds: exp, issuedAtEpochSeconds: iat } = step.value;
  if (exp <= nowEpochSeconds) {
    return warn(
      'token-times',
      `it ended ${inWords(nowEpochSeconds - exp)} ago, within the ${DEFAULT_CLOCK_TOLERANCE_SECONDS} s by which clocks may differ`,
      {
        advice: 'Get a fresh one: the guard takes this one for a moment only.',
      },
    );
  }
  const words = `it is good for ${inWords(exp - iat)}, ${inWords(Math.max(0, exp - nowEpochSeconds))} of which are left`;
  return exp - iat > LONG_SECONDS
    ? warn('token-times', words, {
        advice: 'Shorten the life of access tokens at the provider: an hour or less, with refresh tokens.',
      })
    : pass('token-times', words);
}

function tellTimes(
  claims: JsonObject,
  failure: Extract<TokenSteps['times'], { readonly ok: false }>['failure'],
  nowEpochSeconds: number,
): Finding {
  const { exp } = claims;
  if (failure.reason === 'expired') {
    return fault('token-times', `it ended ${inWords(nowEpochSeconds - Number(exp))} ago`, {
      advice: 'Get a fresh one.',
    });
  }
  if (failure.reason === 'not_yet_valid') {
    return fault('token-times', 'it begins in the future: one of the two clocks is wrong');
  }
  const claim = 'claim' in failure ? failure.claim : 'exp';
  return claims[claim] === undefined && claim === 'exp'
    ? fault('token-times', 'exp is absent: a token without an end is refused')
    : fault('token-times', `${claim} is ${quote(claims[claim])}: it has to be a time in whole seconds`);
}

/** Tells an access token from an ID token and a refresh token, by what each provider puts into them. */
export function judgeKind(header: TokenSteps['header'], claims: JsonObject): Finding {
  const signs = [
    ...(claims['token_use'] === 'id' ? ['token_use is id'] : []),
    ...(claims['typ'] === 'ID' ? ['the claim typ is ID'] : []),
    ...['at_hash', 'c_hash', 's_hash'].filter((name) => name in claims),
    ...('nonce' in claims ? ['nonce'] : []),
  ];
  const isTyped = header.ok && header.value.type?.endsWith('at+jwt') === true;
  if (signs.length > 0 && !isTyped) {
    return fault(
      'token-kind',
      `it is an ID token, by ${signs.join(', ')}: it tells an application who signed in, and opens nothing`,
      {
        advice: 'Send the access_token of the same answer, and not the id_token.',
      },
    );
  }
  const { typ } = claims;
  if (typ === 'Refresh' || typ === 'Offline') {
    return fault('token-kind', `it is a refresh token (the claim typ is ${typ}): it is for the provider alone`, {
      advice: 'Send the access_token, and treat this one as shown: revoke it.',
    });
  }
  const proof = isTyped
    ? 'typ is at+jwt'
    : claims['token_use'] === 'access'
      ? 'token_use is access'
      : typ === 'Bearer' || typ === 'DPoP'
        ? `the claim typ is ${typ}`
        : undefined;
  if (proof !== undefined) return pass('token-kind', `it says that it is an access token: ${proof}`);
  const hasScopes = 'scope' in claims || 'scp' in claims || 'roles' in claims || 'permissions' in claims;
  return hasScopes
    ? note('token-kind', 'nothing in it says that it is an access token, but it has scopes, which no ID token has')
    : warn('token-kind', 'nothing in it says that it is an access token, nor has it scopes: it may be an ID token', {
        advice: 'Choose the token format of RFC 9068 (typ at+jwt) where the provider has it.',
      });
}

/** `45 min`, roughly: for a person. */
function inWords(seconds: number): string {
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86_400)} days`;
}
