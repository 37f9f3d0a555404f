import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { expect, it } from 'vitest';
import { requireFreeAddress } from './free-address.js';

it('refuses a port that somebody listens on, and leaves one that is free alone', async () => {
  const squatter = createServer().listen(0, '127.0.0.1');
  await once(squatter, 'listening');
  const { port } = squatter.address() as AddressInfo;
  await expect(requireFreeAddress('127.0.0.1', port)).rejects.toThrow(`port ${port} on 127.0.0.1 is in use`);
  squatter.close();
  await once(squatter, 'close');
  await requireFreeAddress('127.0.0.1', port);
  await requireFreeAddress('127.0.0.1', port);
});

it('refuses an address that this machine has not got', async () => {
  await expect(requireFreeAddress('192.0.2.1', 8808)).rejects.toThrow('this machine has no address 192.0.2.1');
});
