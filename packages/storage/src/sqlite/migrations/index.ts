import type { Migration } from '../../sql/migration.js';
import { initial } from './0001-initial.js';
import { authorizationServerCore } from './0002-authorization-server-core.js';
import { endsByTenant } from './0003-ends-by-tenant.js';
import { extendedGrants } from './0004-extended-grants.js';
import { consentedDescriptions } from './0005-consented-descriptions.js';
import { servedIssuers } from './0006-served-issuers.js';

/** Every step of the schema, in order. */
export const MIGRATIONS: readonly Migration[] = [
  initial,
  authorizationServerCore,
  endsByTenant,
  extendedGrants,
  consentedDescriptions,
  servedIssuers,
];
