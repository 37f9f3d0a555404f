import { strictObject, wholeNumber } from './building-blocks.js';

/** Requests allowed per minute. */
export const rateLimitsSchema = strictObject({
  mcpPerMinute: wholeNumber('MCP requests of one user with one client.', 1, 1_000_000, 600),
  tokenPerMinute: wholeNumber('Token requests with one presented credential.', 1, 1_000_000, 60),
  clientAuthenticationFailuresPerMinute: wholeNumber(
    'Wrong secrets and assertions for one client from one network.',
    1,
    1_000_000,
    20,
  ),
  signInPerAccountPerMinute: wholeNumber('Sign-in attempts at one account.', 1, 10_000, 10),
  signInPerNetworkPerMinute: wholeNumber('Sign-in attempts from one network.', 1, 1_000_000, 60),
  introspectionPerMinute: wholeNumber('Introspection requests of one resource server.', 1, 10_000_000, 6000),
  registrationPerMinute: wholeNumber('Client registrations from one network.', 1, 1_000_000, 20),
  registrationManagementPerMinute: wholeNumber(
    'Requests about a registration with its token, from one network.',
    1,
    1_000_000,
    20,
  ),
  authorizationRequestsPerMinute: wholeNumber(
    'Pushed requests and device codes of one client you made known, with its proof; of all others, from one network. Apart from these, requests that browsers of one network begin.',
    1,
    1_000_000,
    600,
  ),
  userCodeFailuresPerTenMinutes: wholeNumber(
    'Wrong user codes of devices, of one user or of one browser without any, in ten minutes.',
    1,
    10_000,
    10,
  ),
  userCodeFailuresPerNetworkPerTenMinutes: wholeNumber(
    'The same of one network: of all who are signed in, and as many of all who are not.',
    1,
    100_000,
    100,
  ),
  clientKeysPerMinute: wholeNumber('Keys of self-made clients fetched for one network.', 1, 1_000_000, 30),
  metadataDocumentPerMinute: wholeNumber('Client metadata documents fetched for one network.', 1, 1_000_000, 30),
  floodPerMinute: wholeNumber('Requests of any kind from one network, before anything else.', 1, 10_000_000, 3000),
});
