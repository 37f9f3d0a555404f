import type { PresetName } from '@portcullis/resource-server';

/**
 * What a provider does with `resource` (RFC 8707) in a request. `honours`: the token is for what was asked. `if`: on a
 * condition. `ignores`: something else decides for whom a token is. `never`: nothing makes a token for this server.
 */
export interface ResourceAtProvider {
  readonly does: 'honours' | 'if' | 'ignores' | 'never';
  /** What the provider documents, in one sentence. */
  readonly words: string;
}

/** What providers document on `resource`. Nothing in their metadata tells it. Absent: nothing is known. */
export const RESOURCE_AT_PROVIDERS: Readonly<Partial<Record<PresetName, ResourceAtProvider>>> = {
  auth0: {
    does: 'if',
    words:
      'Auth0 takes resource once the Resource Parameter Compatibility Profile of the tenant is on; where a client sends audience too, that wins',
  },
  authentik: {
    does: 'ignores',
    words: 'authentik is not known to take resource: aud is the client id of its provider',
  },
  cognito: {
    does: 'if',
    words:
      'Cognito binds tokens to resource (aud) with managed login on the Essentials or Plus plan; otherwise there is no aud at all',
  },
  entra: {
    does: 'if',
    words:
      'Entra takes resource where it is an Application ID URI of the API whose scopes are asked for (https, with a path, no slash at the end) and refuses it otherwise (AADSTS9010010); aud is the application id, and not the resource',
  },
  google: {
    does: 'never',
    words: 'Google does not take resource: tokens of people are opaque, and for its own APIs',
  },
  keycloak: {
    does: 'if',
    words:
      'Keycloak takes resource from 26.6 on, as an experimental feature that narrows what audience mappers gave; before, a mapper alone decides',
  },
  logto: { does: 'honours', words: 'Logto takes resource for every API resource that is registered' },
  okta: {
    does: 'ignores',
    words:
      'Okta ignores resource by default: all tokens of one custom authorization server have its one audience, so each resource needs an authorization server of its own',
  },
  ping: {
    does: 'ignores',
    words: 'PingOne decides by the scopes: a token is for the one custom resource that they belong to',
  },
  portcullis: { does: 'honours', words: 'Portcullis takes resource, and each token is for one' },
  workos: {
    does: 'if',
    words: 'AuthKit takes resource where it is registered as a resource indicator; otherwise aud is the environment',
  },
  zitadel: {
    does: 'ignores',
    words: 'Zitadel decides by a scope of its own, urn:zitadel:iam:org:project:id:…:aud',
  },
};
