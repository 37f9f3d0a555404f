import type { TokenExchangePermission } from '@portcullis/ports';
import { GRANT_TYPE_ALIASES } from '../config/grant-type-names.js';
import { shellWord } from '../shell-word.js';
import { formatFacts } from './format-table.js';
import type { GateAddress } from './gate-address.js';
import type { NewClient } from './new-client.js';

const SERVICE_GRANTS: readonly string[] = [GRANT_TYPE_ALIASES['jwt-bearer'], GRANT_TYPE_ALIASES['token-exchange']];

/** The id and, this once, the secret of a client, and what its owner does with them. No line holds the secret in a form
 * that would put it into a shell's history. */
export function formatNewClient({ client, clientSecret }: NewClient, address: GateAddress): string {
  const { clientId, tokenEndpointAuthMethod: method, grantTypes } = client;
  const isBound = client.dpopBoundAccessTokens === true;
  const isPushing = client.requirePushedAuthorizationRequests === true;
  const facts = [
    ['client_id', clientId] as const,
    ...(clientSecret === undefined ? [] : [['client_secret', `${clientSecret}   (shown this once)`] as const]),
    ['method', method] as const,
  ];
  const isMachine = grantTypes.includes('client_credentials');
  const isService = grantTypes.some((one) => SERVICE_GRANTS.includes(one));
  const isDevice = grantTypes.includes(GRANT_TYPE_ALIASES.device_code);
  const isAddressTold = isMachine || isDevice || isService || isBound || isPushing;
  return [
    formatFacts(facts),
    '',
    ...(grantTypes.includes('authorization_code') ? forPeople(method) : []),
    ...(isPushing ? forPushing(address) : []),
    ...(isBound ? forProving(address) : []),
    ...(isMachine ? forMachines(clientId, method, address, isBound) : []),
    ...(isDevice ? forDevices(clientId, address, isBound) : []),
    ...(grantTypes.includes(GRANT_TYPE_ALIASES['jwt-bearer']) ? forAssertions(clientId, address) : []),
    ...(client.tokenExchange === undefined ? [] : forExchanges(client.tokenExchange, address)),
    ...(isAddressTold && address.remark !== undefined ? [address.remark] : []),
  ].join('\n');
}

function forPeople(method: string): string[] {
  const proof =
    method === 'none'
      ? 'It has no secret: PKCE (S256) proves who began a sign-in.'
      : method === 'private_key_jwt'
        ? 'It proves itself with an assertion that it signs (RFC 7523).'
        : `It sends its secret by ${method}.`;
  return [`Enter the client_id in the settings of the application. ${proof}`];
}

function forPushing({ origin }: GateAddress): string[] {
  return [
    `It pushes each sign-in request to ${origin}/par first (RFC 9126), and opens ${origin}/authorize with its client_id`,
    'and the request_uri that it gets. Requests that were not pushed are refused. (npx portcullis login does so with --push.)',
  ];
}

function forProving({ origin }: GateAddress): string[] {
  return [
    'It proves a key of its own in the header DPoP of each token request and each call (RFC 9449): a fresh proof for each,',
    `by method and address (htm POST, htu ${origin}/token). Without a proof it gets no token. (npx portcullis login: --dpop.)`,
  ];
}

function forDevices(clientId: string, { origin, resource }: GateAddress, isBound: boolean): string[] {
  const request = `--data-urlencode client_id=${shellWord(clientId)} --data-urlencode resource=${shellWord(resource)}`;
  return [
    `A code to show, which people type in at ${origin}/device; the device then polls ${origin}/token (RFC 8628)${isBound ? ', each time with a proof' : ''}:`,
    `  curl ${request} ${shellWord(`${origin}/device_authorization`)}`,
  ];
}

/** For the administrator of the identity provider, and for the client. */
function forAssertions(clientId: string, { origin, resource }: GateAddress): string[] {
  return [
    `The identity provider puts client_id ${clientId}, aud ${origin} and resource ${resource} into its assertions; the client posts`,
    `each once to ${origin}/token, as assertion, with grant_type=${GRANT_TYPE_ALIASES['jwt-bearer']}.`,
    'The provider has to be among assertionIssuers in the configuration of the gate.',
  ];
}

function forExchanges({ targetResources }: TokenExchangePermission, { origin }: GateAddress): string[] {
  return [
    `It posts the access token that it was called with to ${origin}/token, as subject_token, with`,
    `grant_type=${GRANT_TYPE_ALIASES['token-exchange']},`,
    `subject_token_type=urn:ietf:params:oauth:token-type:access_token and resource=${targetResources.join(' or ')}.`,
  ];
}

function forMachines(clientId: string, method: string, { origin, resource }: GateAddress, isBound: boolean): string[] {
  const proof = isBound ? '--header "DPoP: $PROOF" ' : '';
  const inVariable = isBound ? ' and a proof in the variable PROOF' : '';
  const request = `${proof}--data grant_type=client_credentials --data-urlencode resource=${shellWord(resource)} ${shellWord(`${origin}/token`)}`;
  if (method === 'client_secret_post') {
    return [
      `An access token, with the secret on standard input${inVariable}:`,
      `  ${WITHOUT_LINE_END} | curl --data-urlencode client_id=${shellWord(clientId)} --data-urlencode client_secret@- ${request}`,
    ];
  }
  if (method === 'private_key_jwt') {
    return [
      `An access token, with an assertion signed by its key on standard input${inVariable} (RFC 7523: iss and sub are the client_id,`,
      `aud is ${origin}, exp within five minutes, jti fresh):`,
      `  ${WITHOUT_LINE_END} | curl --data-urlencode client_assertion@- \\`,
      '    --data-urlencode client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer \\',
      `    ${request}`,
    ];
  }
  return [
    `An access token (curl asks for the secret)${inVariable}:`,
    `  curl --user ${shellWord(clientId)} ${request}`,
  ];
}

/** What a shell, or a person who types, ends a line with is no part of a secret: curl would send it along. */
const WITHOUT_LINE_END = "tr -d '\\r\\n'";
