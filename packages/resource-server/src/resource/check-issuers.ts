import { type Issuer, isLoopbackHost, parseUrl } from '@portcullis/protocol';
import type { CustomIssuer, TrustedIssuer } from '../issuers/trusted-issuer.js';
import type { DpopSettings } from '../possession/dpop-options.js';
import { readRfc9068Claims } from '../presets/rfc9068-claims.js';
import type { AuthorizationServerChoice } from './options.js';

const EXAMPLE = "write its exact issuer identifier, such as 'https://as.example.com'";

/**
 * The issuers of a resource, by their names.
 *
 * @param tenantId - the tenant that tokens must be of, where there is one
 * @throws {TypeError} says what is wrong with a choice, and what to write instead
 */
export function checkIssuers(choices: unknown, tenantId: string | undefined): readonly Issuer[] {
  if (typeof choices === 'string') {
    throw new TypeError(`authorizationServers is a text: write it as a list, [${JSON.stringify(choices)}]`);
  }
  if (!Array.isArray(choices) || choices.length === 0) {
    throw new TypeError("authorizationServers names nobody: write ['https://as.example.com'], or a preset");
  }
  const issuers = choices.map((choice: AuthorizationServerChoice) => {
    const issuer = checkIssuer(typeof choice === 'string' ? choice : choice?.issuer);
    checkChoice(choice);
    if (tenantId !== undefined && tellsNoTenant(choice)) {
      throw new TypeError(
        `tenantId can never match: tokens of ${issuer} are read by RFC 9068, which has no tenant. Use the preset of its provider in authorizationServers, such as portcullis({ issuer: '${issuer}', … }), or leave tenantId out`,
      );
    }
    return issuer;
  });
  if (new Set(issuers).size < issuers.length) throw new TypeError('authorizationServers names one issuer twice');
  return issuers;
}

/**
 * Holds a choice against what it has to be, where it was written without types.
 *
 * @throws {TypeError} when it is neither a name, nor of a preset, nor with a verifier
 */
export function checkChoice(choice: AuthorizationServerChoice): void {
  if (typeof choice === 'string') return;
  const { issuer, verifier, rules, verification } = (choice ?? {}) as Partial<TrustedIssuer & CustomIssuer>;
  const whose = `The issuer ${JSON.stringify(issuer)}`;
  if (choice !== null && typeof choice === 'object' && 'verifier' in choice) {
    if (typeof verifier === 'object' && typeof verifier?.verify === 'function') return;
    throw new TypeError(
      `${whose} has a verifier without verify: write { verify: async (accessToken) => ({ ok: true, value: { … } }) }`,
    );
  }
  if (typeof rules?.readClaims !== 'function') {
    throw new TypeError(
      `${whose} has neither rules nor a verifier: write '${issuer}' alone, a preset such as keycloak({ issuer }), or { issuer, verifier }`,
    );
  }
  const method: unknown = verification?.method;
  if (method === 'signature' || method === 'introspection') return;
  throw new TypeError(
    `${whose} is verified by the method ${JSON.stringify(method)}, which there is not: write 'signature' or 'introspection'`,
  );
}

/** Whether tokens of a choice may be bound to a key. Of one with a verifier of its own only that knows. */
export function mayBindTokens(choice: AuthorizationServerChoice): boolean {
  return typeof choice === 'string' || 'verifier' in choice || choice.rules.takesBoundTokens === true;
}

/** @throws {TypeError} where only tokens get in that are bound to a key, and no issuer has any */
export function checkBoundTokens(choices: readonly AuthorizationServerChoice[], { isRequired }: DpopSettings): void {
  if (!isRequired || choices.some(mayBindTokens)) return;
  throw new TypeError(
    'dpop.required lets nobody in: no preset in authorizationServers knows tokens that are bound to a key (cnf.jkt)',
  );
}

/** What RFC 9068 says of a token has no tenant in it; rules that were bound to a tenant read otherwise. */
function tellsNoTenant(choice: AuthorizationServerChoice): boolean {
  return typeof choice === 'string' || ('rules' in choice && choice.rules.readClaims === readRfc9068Claims);
}

/** As RFC 8414 §2 has it. A slash at the end stays: some providers' issuers have one, and it is compared. */
function checkIssuer(issuer: unknown): Issuer {
  const isPlain = typeof issuer === 'string' && /^https?:\/\/[\x21-\x7e]+$/.test(issuer) && !/[?#@\\]/.test(issuer);
  const url = isPlain ? parseUrl(issuer) : undefined;
  if (!isPlain || url === undefined) throw new TypeError(`${JSON.stringify(issuer)} is no issuer: ${EXAMPLE}`);
  if (url.protocol !== 'https:' && !isLoopbackHost(url.hostname)) {
    throw new TypeError(`The issuer ${JSON.stringify(issuer)} is not https, which only a loopback host may be`);
  }
  if (url.pathname.includes('/.well-known/')) {
    throw new TypeError(`${JSON.stringify(issuer)} is where metadata lie, not the issuer: write its \`issuer\` member`);
  }
  return issuer;
}
