import type { ManagementConfig } from '../config/management-config.js';

/** Where a client finds the gate, as examples name it. */
export interface GateAddress {
  readonly origin: string;
  /** The resource identifier of one MCP server behind it. */
  readonly resource: string;
  /** Whether the configuration said so; else it is what a gate has that nothing was said to. */
  readonly isConfigured: boolean;
}

/** The address of the gate, from its configuration where there is one. */
export function gateAddress({ input }: Pick<ManagementConfig, 'input'>): GateAddress {
  const origin = input.publicUrl === undefined ? `http://127.0.0.1:${input.port}` : new URL(input.publicUrl).origin;
  const name = input.upstreams[0]?.name;
  const resource = `${origin}${name === undefined ? '' : `/${name}`}/mcp`;
  return { origin, resource, isConfigured: input.publicUrl !== undefined };
}
