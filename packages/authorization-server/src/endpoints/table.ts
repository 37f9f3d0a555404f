import type { EndpointPaths } from '../endpoint-urls.js';
import type { Settings } from '../settings.js';
import { accountEndpoint, disconnectEndpoint, signOutEndpoint } from './account.js';
import { authorizeEndpoint, authorizeFormEndpoint } from './authorize.js';
import {
  changeRegistrationEndpoint,
  deleteRegistrationEndpoint,
  readRegistrationEndpoint,
} from './client-configuration.js';
import { consentEndpoint } from './consent.js';
import { devicePageEndpoint, userCodeEndpoint } from './device.js';
import { deviceAuthorizationEndpoint } from './device-authorization.js';
import { jwksEndpoint, oauthMetadataEndpoint, openidMetadataEndpoint } from './documents.js';
import type { Endpoint } from './endpoint.js';
import { interactionEndpoint } from './interaction.js';
import { introspectEndpoint } from './introspect.js';
import { pushedAuthorizationRequestEndpoint } from './pushed-authorization-request.js';
import { METADATA_BODY_REFUSALS, registerEndpoint } from './register.js';
import { revokeEndpoint } from './revoke.js';
import { toAccount, toStartAgain } from './stray-get.js';
import { switchUserEndpoint } from './switch-user.js';
import { tokenEndpoint } from './token.js';

/**
 * Every endpoint there is, beside those of the sign-in, and what it goes through:
 *
 * | surface  | before                                  | the endpoint's own steps, in order                        |
 * | -------- | --------------------------------------- | --------------------------------------------------------- |
 * | document | known path, method, CORS                | -                                                         |
 * | protocol | known path, method, CORS                | `/token`: form, grant type, limit, proof of possession,   |
 * |          |                                         | client, its grants, grant, first use of the proof         |
 * |          |                                         | `/revoke`: form, limit, client, token                     |
 * |          |                                         | `/introspect`: form, limit, resource server, token        |
 * |          |                                         | `/device_authorization`: form, client, limit, grant,      |
 * |          |                                         | resource, scope                                           |
 * |          |                                         | `/register`: limit, body, software statement, metadata,   |
 * |          |                                         | redirect URIs                                             |
 * |          |                                         | `/par`: form, proof of possession, client, limit,         |
 * |          |                                         | redirect, the checks of `/authorize` that need no user,   |
 * |          |                                         | key, first use of the proof                               |
 * |          |                                         | `/register/client`: limit, token, client, body            |
 * | page     | known path, method                      | `/authorize`: pushed request, client, redirect,          |
 * |          |                                         | AUTHORIZATION_CHECKS, PKCE, resource, scope, prompt, user,|
 * |          |                                         | whether it is let in, limit                               |
 * |          |                                         | forms: origin, encoding, browser, user, CSRF token, status |
 */
export function buildEndpoints(
  paths: EndpointPaths,
  settings: Pick<Settings, 'dynamicRegistration' | 'registrationManagement'>,
): readonly Endpoint[] {
  return [
    { path: paths.oauthMetadata, surface: 'document', methods: { GET: oauthMetadataEndpoint } },
    ...paths.openidMetadata.map(
      (path): Endpoint => ({ path, surface: 'document', methods: { GET: openidMetadataEndpoint } }),
    ),
    { path: paths.jwks, surface: 'document', methods: { GET: jwksEndpoint } },
    {
      path: paths.authorize,
      surface: 'page',
      methods: { GET: authorizeEndpoint, POST: authorizeFormEndpoint },
      getStores: true,
      unreadBodyEvent: 'authorization.refused',
    },
    { path: paths.interaction, surface: 'page', methods: { GET: interactionEndpoint } },
    { path: paths.consent, surface: 'page', methods: { GET: toStartAgain, POST: consentEndpoint } },
    { path: paths.device, surface: 'page', methods: { GET: devicePageEndpoint, POST: userCodeEndpoint } },
    { path: paths.switchUser, surface: 'page', methods: { GET: toStartAgain, POST: switchUserEndpoint } },
    { path: paths.account, surface: 'page', methods: { GET: accountEndpoint } },
    { path: paths.accountDisconnect, surface: 'page', methods: { GET: toAccount, POST: disconnectEndpoint } },
    { path: paths.accountSignOut, surface: 'page', methods: { GET: toAccount, POST: signOutEndpoint } },
    { path: paths.token, surface: 'protocol', methods: { POST: tokenEndpoint } },
    {
      path: paths.deviceAuthorization,
      surface: 'protocol',
      methods: { POST: deviceAuthorizationEndpoint },
      failureEvent: 'device.refused',
    },
    {
      path: paths.revoke,
      surface: 'protocol',
      methods: { POST: revokeEndpoint },
      failureEvent: 'revocation.refused',
    },
    {
      path: paths.introspect,
      surface: 'protocol',
      methods: { POST: introspectEndpoint },
      failureEvent: 'introspection.refused',
    },
    {
      path: paths.pushedAuthorizationRequest,
      surface: 'protocol',
      methods: { POST: pushedAuthorizationRequestEndpoint },
      failureEvent: 'authorization_request.push_refused',
    },
    ...(settings.dynamicRegistration
      ? [
          {
            path: paths.register,
            surface: 'protocol',
            methods: { POST: registerEndpoint },
            failureEvent: 'client.registration_refused',
            unreadBodyReasons: METADATA_BODY_REFUSALS,
          } as const,
        ]
      : []),
    ...(settings.dynamicRegistration && settings.registrationManagement ? [clientConfiguration(paths)] : []),
  ];
}

function clientConfiguration({ clientConfiguration: path }: EndpointPaths): Endpoint {
  return {
    path,
    surface: 'protocol',
    methods: { GET: readRegistrationEndpoint, PUT: changeRegistrationEndpoint, DELETE: deleteRegistrationEndpoint },
    failureEvent: 'client.registration_refused',
    unreadBodyReasons: METADATA_BODY_REFUSALS,
  };
}
