export type { McpEndpointOptions, McpEndpointPorts, McpRequestContext } from './endpoint/options.js';
export * from './endpoint.js';
export * from './http-upstream/http-upstream.js';
export * from './stdio/index.js';
export * from './upstream/upstream.js';
