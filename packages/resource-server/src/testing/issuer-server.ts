import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CompactSign, exportJWK, generateKeyPair, type JWK, type JWTHeaderParameters } from 'jose';

/** What an address of an {@link IssuerServer} answers. */
export interface Answer {
  /** @defaultValue 200 */
  readonly status?: number;
  /** @defaultValue application/json */
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as it is where it is a text. */
  readonly body: unknown;
}

/** A request as it came. */
export interface Heard {
  readonly method: string;
  readonly path: string;
  readonly authorization: string | undefined;
  readonly body: string;
}

/** An authorization server on loopback, of which a test decides what each address answers: 404 unless it is told. */
export interface IssuerServer {
  readonly origin: string;
  /** By path. */
  readonly answers: Map<string, Answer | ((heard: Heard) => Answer | Promise<Answer>)>;
  readonly heard: Heard[];
  /** Requests to a path so far. */
  count(path: string): number;
  close(): void;
}

/** Starts an {@link IssuerServer} at a free port. */
export async function startIssuerServer(): Promise<IssuerServer> {
  const answers: IssuerServer['answers'] = new Map();
  const heard: Heard[] = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    const path = request.url ?? '';
    const one = { method: request.method ?? '', path, authorization: request.headers.authorization, body };
    heard.push(one);
    const set = answers.get(path) ?? { status: 404, body: {} };
    const answer = typeof set === 'function' ? await set(one) : set;
    response.writeHead(answer.status ?? 200, { 'content-type': answer.type ?? 'application/json', ...answer.headers });
    response.end(typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    answers,
    heard,
    count: (path) => heard.filter((one) => one.path === path).length,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** A key of an issuer, with what it publishes of it. */
export interface IssuerKey {
  readonly jwk: JWK;
  readonly privateJwk: JWK;
  /** Signs claims as an access token; `header` adds to `alg`, `kid` and `typ`. */
  sign(claims: object, header?: object): Promise<string>;
}

/** Makes a key pair. Its public half has no `alg`. */
export async function createIssuerKey(kid: string, alg = 'ES256'): Promise<IssuerKey> {
  const pair = await generateKeyPair(alg, { extractable: true });
  return {
    jwk: { ...(await exportJWK(pair.publicKey)), kid },
    privateJwk: { ...(await exportJWK(pair.privateKey)), kid },
    sign: (claims, header) =>
      new CompactSign(new TextEncoder().encode(JSON.stringify(claims)))
        .setProtectedHeader({ alg, kid, typ: 'at+jwt', ...header } as JWTHeaderParameters)
        .sign(pair.privateKey),
  };
}
