import type { JsonObject } from '@portcullis/protocol';
import { type Finding, fault, list, note, pass, quote, warn } from '../finding.js';
import { scopesOf } from './scopes-of.js';

const GUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Whom a token is for. */
export interface AudienceContext {
  readonly resource: string | undefined;
  readonly preset: string | undefined;
}

/** The values of `aud`; undefined where it is absent or neither a text nor a list of texts. */
export function audiencesOf({ aud }: JsonObject): readonly string[] | undefined {
  if (typeof aud === 'string') return [aud];
  return Array.isArray(aud) && aud.every((one): one is string => typeof one === 'string') ? aud : undefined;
}

/** Judges whether a token was meant for the resource: the check whose absence lets one server's token into another. */
export function judgeAudience(claims: JsonObject, { resource, preset }: AudienceContext): Finding {
  const audiences = audiencesOf(claims);
  if (audiences === undefined || audiences.length === 0) return judgeAbsent(claims, resource, preset);
  const shape = `${audiences.length === 1 ? 'one value' : `${audiences.length} values`}: ${list(audiences)}`;
  if (preset === 'entra' && audiences.length === 1 && GUID.test(audiences[0] ?? '')) {
    return pass(
      'token-audience',
      `it is the application id of an API at Entra (${audiences[0]}): right, if that API is this server`,
    );
  }
  if (resource === undefined) {
    return note('token-audience', `${shape}. Name your server with --resource to have it compared`);
  }
  if (audiences.includes(resource)) {
    return audiences.length === 1
      ? pass('token-audience', 'it is the resource, and nothing else')
      : pass('token-audience', `the resource is one of ${audiences.length} values`);
  }
  if (preset === 'authentik') {
    return warn(
      'token-audience',
      `${shape}. authentik puts the client id of its provider there, which has to be this server's alone`,
    );
  }
  const close = audiences.find((one) => one.replace(/\/$/, '') === resource.replace(/\/$/, ''));
  if (close !== undefined) {
    return fault('token-audience', `trailing slash: it is ${quote(close)}, and the resource is ${resource}`, {
      advice: 'Register the resource at the provider exactly as your server names itself, or rename your server.',
    });
  }
  const isKeycloakDefault = preset === 'keycloak' || audiences.includes('account');
  return fault('token-audience', `the resource is not in it. It has ${shape}`, {
    advice: isKeycloakDefault
      ? 'Give the clients a scope with an audience mapper for the resource (the steps below say how).'
      : 'Register the resource at the provider, and ask for it when the token is fetched (resource=…).',
  });
}

function judgeAbsent(claims: JsonObject, resource: string | undefined, preset: string | undefined): Finding {
  if (preset === 'cognito') {
    const prefix = resource === undefined ? undefined : `${resource}/`;
    const isBound = prefix !== undefined && scopesOf(claims).values.some((scope) => scope.startsWith(prefix));
    const words = 'it is absent, as at Cognito without resource binding';
    return isBound
      ? warn(
          'token-audience',
          `${words}. A scope begins with the resource: a WEAK proof, since the token does not say for whom it is`,
          {
            advice: 'Let clients send resource (Essentials or Plus plan, managed login): then aud is the resource.',
          },
        )
      : fault('token-audience', `${words}, and no scope begins with the resource`, {
          advice:
            'Let clients send resource (Essentials or Plus plan, managed login), or make the URL of the resource the identifier of a resource server and ask for its scopes.',
        });
  }
  return fault(
    'token-audience',
    'it is absent, or of a wrong shape: the token does not say for whom it is, and works at every server that does not ask',
    {
      advice: 'Register the resource at the provider, so that tokens name it.',
    },
  );
}
