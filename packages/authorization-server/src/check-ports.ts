import type { Clock, PasswordHasher, SharedClock, SignInService } from '@portcullis/ports';
import { ConfigurationError } from './configuration-error.js';
import { isGroup } from './option-kinds.js';
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

/** What is called of a clock: of the one that a host gives, and of the one that a storage may have. */
const CLOCK = ['nowEpochSeconds'] as const satisfies readonly (keyof Clock)[];
const SHARED_CLOCK = [...CLOCK, 'hostAheadSeconds'] as const satisfies readonly (keyof SharedClock)[];

const SIGN_IN = ['find', 'begin', 'end'] as const satisfies readonly (keyof SignInService)[];
const PASSWORD_HASHER = ['hash', 'verify'] as const satisfies readonly (keyof PasswordHasher)[];

/** Those that may stay away and are functions. */
const FUNCTIONS = ['untrustedFetch', 'configuredFetch', 'onFault'] as const;

/** Those that may stay away. */
const OTHER_PORTS = ['clock', 'signIn', 'passwordHasher', ...FUNCTIONS] as const;

type RequiredPort = Exclude<keyof AuthorizationServerPorts, (typeof OTHER_PORTS)[number]>;

/**
 * Looks for every port before anything is done with one: a host in JavaScript has no compiler that would. Sees that the
 * members are there, and of those ports that may stay away that they can be called, not what they do.
 *
 * @throws {ConfigurationError} for a port or a member of one that is missing, a port that there is not, and without a way to sign in
 */
export function checkPorts(ports: AuthorizationServerPorts): void {
  if (!isGroup(ports)) throw new ConfigurationError('ports: must be an object');
  const known: readonly string[] = [...Object.keys(PORTS), ...OTHER_PORTS];
  // One that is misspelled may be one that can be left out, and what it is for would be off without a word.
  for (const name of Object.keys(ports)) {
    if (!known.includes(name)) throw new ConfigurationError(`${name}: there is no such port`);
  }
  for (const [name, members] of Object.entries(PORTS)) {
    const port: unknown = ports[name as RequiredPort];
    if (typeof port !== 'object' || port === null) throw new ConfigurationError(`${name}: this port is missing`);
    if ('then' in port) throw new ConfigurationError(`${name}: it is a promise: await it`);
    for (const member of members) {
      if (!(member in port)) throw new ConfigurationError(`${name}: it has no ${member}`);
    }
  }
  checkFunctions('clock', ports.clock, CLOCK);
  checkFunctions('storage.clock', ports.storage.clock, SHARED_CLOCK);
  checkFunctions('signIn', ports.signIn, SIGN_IN);
  checkFunctions('passwordHasher', ports.passwordHasher, PASSWORD_HASHER);
  for (const name of FUNCTIONS) {
    const given: unknown = ports[name];
    if (given !== undefined && typeof given !== 'function') throw new ConfigurationError(`${name}: must be a function`);
  }
  if (ports.signIn === undefined) demandPasswordHasher(ports);
}

/** What is left out is left out; any other thing that is not what it should be would be found out by the first request. */
function checkFunctions(name: string, port: unknown, members: readonly string[]): void {
  if (port === undefined) return;
  if (!isGroup(port)) throw new ConfigurationError(`${name}: must be an object`);
  if ('then' in port) throw new ConfigurationError(`${name}: it is a promise: await it`);
  for (const member of members) {
    const value: unknown = Reflect.get(port, member);
    if (typeof value !== 'function') throw new ConfigurationError(`${name}: it has no function ${member}`);
  }
}
