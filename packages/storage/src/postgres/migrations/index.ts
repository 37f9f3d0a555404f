import type { Migration } from '../../sql/migration.js';
import { initial } from './0001-initial.js';
import { extendedGrants } from './0002-extended-grants.js';
import { consentedDescriptions } from './0003-consented-descriptions.js';
import { servedIssuers } from './0004-served-issuers.js';

/** Every step of the schema, in order. */
export const MIGRATIONS: readonly Migration[] = [initial, extendedGrants, consentedDescriptions, servedIssuers];
