export type { GuardOptions } from '../adapters/guard-options.js';
export { type AdmittedNode, type NodeGuard, nodeGuard } from './node-guard.js';
