import type { Migration } from '../../sql/migration.js';
import { initial } from './0001-initial.js';

/** Every step of the schema, in order. */
export const MIGRATIONS: readonly Migration[] = [initial];
