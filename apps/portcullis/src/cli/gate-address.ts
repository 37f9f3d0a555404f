import type { ManagementConfig } from '../config/management-config.js';
import { resolvePublicUrl } from '../config/resolve-config.js';

/** Where a client finds the gate, as examples name it. */
export interface GateAddress {
  readonly origin: string;
  /** The resource identifier of one MCP server behind it. */
  readonly resource: string;
  /** Whether a configuration tells it; else it is what a gate has that nothing was said to. */
  readonly isConfigured: boolean;
}

/** The address of the gate, from its configuration where there is one. What its command line says besides is not known. */
export function gateAddress({ input, isFromFile }: Pick<ManagementConfig, 'input' | 'isFromFile'>): GateAddress {
  const { host, port, tls } = input;
  const publicUrl = resolvePublicUrl({}, input, { host, port, tls: tls !== undefined });
  const origin = publicUrl.ok ? publicUrl.value : `http://127.0.0.1:${port}`;
  const name = input.upstreams[0]?.name;
  const resource = `${origin}${name === undefined ? '' : `/${name}`}/mcp`;
  return { origin, resource, isConfigured: isFromFile && publicUrl.ok };
}
