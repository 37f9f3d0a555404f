import { resolve } from 'node:path';
import type { ManagementConfig } from '../config/management-config.js';
import { resolvePublicUrl } from '../config/resolve-config.js';
import { DEFAULT_DATA_DIRECTORY } from '../config/schema/config-schema.js';

/** Where a client finds the gate, as examples name it. */
export interface GateAddress {
  readonly origin: string;
  /** The resource identifier of one MCP server behind it. */
  readonly resource: string;
  /** What there is to say of that to whoever copies it; undefined where a configuration tells the address. */
  readonly remark: string | undefined;
}

/** Stands for a gate whose address nothing tells (RFC 2606 §3). */
const PLACEHOLDER = 'https://gate.example.com';

/**
 * The address of the gate, from its configuration where there is one. Without one it is the address that a gate has which
 * nothing was said to, where the store is where such a gate has it; any other store is that of another gate, and a
 * placeholder stands for its address. What its command line says besides is not known.
 */
export function gateAddress(
  { input, isFromFile, dataDir, database }: ManagementConfig,
  workingDirectory = process.cwd(),
): GateAddress {
  const isDefaultStore = database === undefined && dataDir === resolve(workingDirectory, DEFAULT_DATA_DIRECTORY);
  if (!isFromFile && !isDefaultStore) {
    const remark = `${PLACEHOLDER} stands for the address of your gate, which its configuration tells (--config).`;
    return { origin: PLACEHOLDER, resource: `${PLACEHOLDER}/mcp`, remark };
  }
  const { host, port, tls } = input;
  const publicUrl = resolvePublicUrl({}, input, { host, port, tls: tls !== undefined });
  const origin = publicUrl.ok ? publicUrl.value : `http://127.0.0.1:${port}`;
  const name = input.upstreams[0]?.name;
  const resource = `${origin}${name === undefined ? '' : `/${name}`}/mcp`;
  const isTold = isFromFile && publicUrl.ok;
  return { origin, resource, remark: isTold ? undefined : 'With the address of your gate, if that is not it.' };
}
