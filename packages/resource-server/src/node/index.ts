export { type AdmittedNode, type NodeGuard, nodeGuard } from './node-guard.js';
