import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { selfSignedCertificate } from './certificate.js';

/** A host on loopback that serves the metadata document of a client over TLS. */
export interface ClientDocumentHost {
  /** The URL of the document: the client's id. */
  readonly clientId: string;
  /** PEM file of the certificate, which nobody trusts unless told (`NODE_EXTRA_CA_CERTS`). */
  readonly certFile: string;
  /** How often the document was asked for. */
  requests(): number;
  /** Serves the document with other members from now on. */
  change(members: object): void;
  close(): Promise<void>;
}

/** Serves what `write` makes of the URL, once, before the first request. Nobody may use it again without asking. */
export async function startClientDocumentHost(
  write: (clientId: string) => Promise<string>,
): Promise<ClientDocumentHost> {
  const { key, cert, certFile } = await selfSignedCertificate();
  let requests = 0;
  const server = createServer({ key, cert }, (_request, response) => {
    requests += 1;
    response.setHeader('content-type', 'application/json');
    response.setHeader('cache-control', 'no-cache');
    response.end(text);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const clientId = `https://127.0.0.1:${(server.address() as AddressInfo).port}/client.json`;
  let text = await write(clientId);
  return {
    clientId,
    certFile,
    requests: () => requests,
    change(members) {
      text = JSON.stringify({ ...JSON.parse(text), ...members });
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
