import { connect, createServer, type Socket } from 'node:net';

/** How a pooler lends; see {@link startPooler}. */
export type PoolerKind = 'session' | 'single' | 'transaction' | 'by turns';

/** A small pooler before a server of the loopback interface, which speaks as PgBouncer does. */
export interface Pooler {
  /** A connection URL with the address of the pooler in the place of the server's. */
  through(url: string): string;
  close(): Promise<void>;
}

/** What PgBouncer takes in the first message of a connection. It refuses all else, unless its operator says otherwise. */
const KNOWN_PARAMETERS = ['user', 'database', 'client_encoding', 'datestyle', 'timezone', 'application_name'];

/** A message of the protocol (PostgreSQL 55.7): a letter, its length, its body. The first one of a client has no letter. */
function message(letter: string, body: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(body.length + 4);
  return Buffer.concat([Buffer.from(letter, 'latin1'), length, body]);
}

const AUTHENTICATION_OK = message('R', Buffer.alloc(4));
const READY = message('Z', Buffer.from('I'));

function refusal(parameter: string): Buffer {
  const fields = `SFATAL\0VFATAL\0C08P01\0Munsupported startup parameter: ${parameter}\0\0`;
  return message('E', Buffer.from(fields));
}

/** Cuts what arrives into messages, whole ones only. */
function onMessages(socket: Socket, hasFirst: boolean, take: (letter: string, whole: Buffer) => void): void {
  let rest: Buffer = Buffer.alloc(0);
  let offset = hasFirst ? 0 : 1;
  socket.on('data', (data) => {
    rest = Buffer.concat([rest, data]);
    while (rest.length >= offset + 4) {
      const end = offset + rest.readInt32BE(offset);
      if (rest.length < end) return;
      const whole = rest.subarray(0, end);
      rest = rest.subarray(end);
      const letter = offset === 0 ? '' : whole.toString('latin1', 0, 1);
      offset = 1;
      take(letter, whole);
    }
  });
  socket.on('error', () => socket.destroy());
}

/** The first of the parameters of a first message that is not known. */
function unknownParameter(first: Buffer): string | undefined {
  const names = first
    .toString('utf8', 8)
    .split('\0')
    .filter((_, index) => index % 2 === 0);
  return names.find((name) => name !== '' && !KNOWN_PARAMETERS.includes(name));
}

/** A connection to the server that all clients have together, a transaction at a time. */
class SharedConnection {
  readonly #upstream: Socket;
  readonly #waiting: { readonly client: Socket; readonly request: Buffer }[] = [];
  #isReady = false;
  #borrower: Socket | undefined;

  constructor(upstream: Socket, first: Buffer) {
    this.#upstream = upstream;
    upstream.write(first);
    onMessages(upstream, false, (letter, whole) => {
      // Up to the first of these the server greets the pooler itself.
      if (this.#isReady) this.#borrower?.write(whole);
      if (letter !== 'Z') return;
      this.#isReady = true;
      if (whole.toString('latin1', 5) === 'I') this.#borrower = undefined;
      this.#lend();
    });
  }

  ask(client: Socket, request: Buffer): void {
    this.#waiting.push({ client, request });
    if (this.#isReady) this.#lend();
  }

  #lend(): void {
    const index = this.#waiting.findIndex(({ client }) => this.#borrower === undefined || client === this.#borrower);
    const [next] = index < 0 ? [] : this.#waiting.splice(index, 1);
    if (next === undefined) return;
    this.#borrower = next.client;
    this.#upstream.write(next.request);
  }
}

/**
 * Starts one. It lends a connection for as long as that of the client is open (`session`), the only one it has for one
 * transaction at a time (`transaction`), or two by turns for one request each (`by turns`). Where it lends them for as long as they
 * are needed and has one alone (`single`), whoever comes second waits in vain.
 */
export async function startPooler(serverPort: number, lends: PoolerKind): Promise<Pooler> {
  const sockets = new Set<Socket>();
  const track = (socket: Socket) => {
    sockets.add(socket);
    return socket.once('close', () => sockets.delete(socket));
  };
  const dial = () => track(connect(serverPort, '127.0.0.1'));
  const shared: SharedConnection[] = [];
  let turn = 0;
  let busy: Socket | undefined;

  const server = createServer((client) => {
    track(client);
    let own: Socket | undefined;
    let request: Buffer[] = [];
    let hasBegun = false;
    function greet(first: Buffer): void {
      const unknown = unknownParameter(first);
      if (unknown !== undefined) {
        client.end(refusal(unknown));
      } else if (lends === 'single' && busy?.destroyed === false) {
        client.write(Buffer.concat([AUTHENTICATION_OK, READY]));
      } else if (lends === 'session' || lends === 'single') {
        busy = client;
        own = dial();
        own.pipe(client);
        own.write(first);
        client.once('close', () => own?.destroy());
      } else {
        while (shared.length < (lends === 'by turns' ? 2 : 1)) shared.push(new SharedConnection(dial(), first));
        client.write(Buffer.concat([AUTHENTICATION_OK, READY]));
      }
    }
    onMessages(client, true, (letter, whole) => {
      if (letter === '') return greet(whole);
      // A farewell: what it had is free.
      if (letter === 'X' && busy === client) busy = undefined;
      own?.write(whole);
      request.push(whole);
      // A whole request is a simple query, or all up to the message that asks for its end.
      if (letter !== 'Q' && letter !== 'S') return;
      if (own === undefined) {
        shared[turn % shared.length]?.ask(client, Buffer.concat(request));
        // What a client begins with takes no turn, so that two which ask by turns keep apart.
        if (hasBegun) turn += 1;
        hasBegun = true;
      }
      request = [];
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = address !== null && typeof address === 'object' ? address.port : 0;
  return {
    through: (url) => url.replace(/@127\.0\.0\.1:\d+/, `@127.0.0.1:${port}`),
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
