export type { StdioLimits, StdioUpstreamOptions } from './settings.js';
export type { StdioUpstreamPorts } from './trail.js';
export { createStdioUpstream, type StdioUpstream } from './upstream.js';
