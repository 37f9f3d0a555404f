import { ConfigurationError } from './configuration-error.js';
import type { AuthorizationServerPorts } from './options.js';
import { demandPasswordHasher } from './sign-in/resolve-sign-in.js';

/** What is called of each port that cannot be left out, and which stores there are. */
const PORTS = {
  platform: ['clock', 'random', 'hash'],
  storage: [
    'clients',
    'clientApprovals',
    'resourceServers',
    'users',
    'signInSessions',
    'transactions',
    'pushedRequests',
    'codes',
    'deviceCodes',
    'grants',
    'consents',
    'oneTimeIds',
    'identityAssertions',
    'assertionIssuers',
    'revocationMarks',
    'signingKeys',
  ],
  rateLimiter: ['consume', 'peek', 'giveBack'],
  audit: ['record'],
  pages: [
    'signIn',
    'consent',
    'leaving',
    'device',
    'deviceDone',
    'untrustedRedirect',
    'error',
    'signedOut',
    'disabledUser',
    'account',
  ],
  keyService: ['make', 'open'],
} as const satisfies {
  readonly [Name in RequiredPort]: readonly (keyof AuthorizationServerPorts[Name])[];
};

type RequiredPort = Exclude<
  keyof AuthorizationServerPorts,
  'signIn' | 'passwordHasher' | 'untrustedFetch' | 'configuredFetch'
>;

/**
 * Looks for every port before anything is done with one: a host in JavaScript has no compiler that would. Sees that the
 * members are there, not what they do.
 *
 * @throws {ConfigurationError} for a port or a member of one that is missing, and without a way to sign in
 */
export function checkPorts(ports: AuthorizationServerPorts): void {
  for (const [name, members] of Object.entries(PORTS)) {
    const port: unknown = ports[name as RequiredPort];
    if (typeof port !== 'object' || port === null) throw new ConfigurationError(`${name}: this port is missing`);
    for (const member of members) {
      if (!(member in port)) throw new ConfigurationError(`${name}: it has no ${member}`);
    }
  }
  if (ports.signIn === undefined) demandPasswordHasher(ports);
}
