import type { AuditSink } from '@portcullis/ports';
import type { ScopeWithImplied, TenantId } from '@portcullis/protocol';
import type { ProtectResourceOptions, SharedParts } from './options.js';
import { checkScopeNames } from './tool-scopes.js';

/** Written as an object, so that the compiler asks for every option that there is. */
const OPTIONS: Readonly<Record<keyof ProtectResourceOptions | keyof SharedParts, true>> = {
  resource: true,
  authorizationServers: true,
  scopes: true,
  requiredScopes: true,
  tools: true,
  methods: true,
  resourceName: true,
  metadata: true,
  path: true,
  allowedOrigins: true,
  dpop: true,
  tenantId: true,
  audit: true,
  fetch: true,
  platform: true,
  revocations: true,
  clockToleranceSeconds: true,
  cacheSize: true,
  onWarning: true,
  onFault: true,
  keysOf: true,
};

/**
 * A misspelt option would be left out of what is checked, and nobody would hear of it.
 *
 * @param whose - what is given the options, for the message
 * @throws {TypeError} names the option that there is not
 */
export function checkOptionNames(whose: string, options: unknown): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new TypeError(`${whose} needs its options: write { resource: 'https://mcp.example.com/mcp', … }`);
  }
  for (const name of Object.keys(options)) {
    if (!Object.hasOwn(OPTIONS, name)) throw new TypeError(`${whose} has no option ${JSON.stringify(name)}`);
  }
}

/** @throws {TypeError} when it cannot record */
export function checkAudit(audit: AuditSink | undefined): void {
  if (audit === undefined || typeof audit?.record === 'function') return;
  throw new TypeError('audit has no record: write { record: (event) => … }');
}

/** @throws {TypeError} when it is no text, or an empty one */
export function checkTenantId(tenantId: TenantId | undefined): void {
  if (tenantId === undefined || (typeof tenantId === 'string' && tenantId !== '')) return;
  throw new TypeError('tenantId names no tenant: write its name as tokens have it, or leave it out');
}

/**
 * The scopes as objects, checked.
 *
 * @throws {TypeError} when it is no list, or has what is no scope
 */
export function readScopes(scopes: ProtectResourceOptions['scopes'] & {}): readonly ScopeWithImplied[] {
  if (!Array.isArray(scopes)) throw new TypeError("Scopes of scopes are no list: write ['files:read']");
  const read = scopes.map((scope: string | ScopeWithImplied) => (typeof scope === 'string' ? { name: scope } : scope));
  for (const scope of read) checkScopeNames([scope?.name, ...(scope?.implies ?? [])], 'scopes');
  return read;
}
