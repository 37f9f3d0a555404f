import { randomBytes } from 'node:crypto';
import { request } from 'node:http';
import { type Balancer, startBalancer } from './balancer.js';
import { type Gate, RELAXED_LIMITS, runProgram, startGate, TEST_PASSWORD } from './gate.js';
import { type Cluster, startCluster } from './postgres.js';
import { type RecordingUpstream, startRecordingUpstream } from './recording-upstream.js';

/** Two gates on one PostgreSQL behind one address, and an upstream that both stand in front of. */
export interface Replicas {
  readonly cluster: Cluster;
  readonly balancer: Balancer;
  readonly one: Gate;
  readonly two: Gate;
  /** The gates as a client sees them: at the address of the balancer, with a user who may sign in. */
  readonly together: Gate;
  readonly upstream: RecordingUpstream;
  /** What the gates, and the commands beside them, find in the environment. */
  readonly environment: Readonly<Record<string, string>>;
  /** Leads the balancer to both in turn, or to one alone. */
  lead(...gates: readonly Gate[]): void;
  /** Runs a command beside the gates and reads its JSON. */
  manage(...command: readonly [string, string, ...string[]]): Promise<Record<string, string>>;
  /** A request that reaches this very gate, under the public address. */
  send(gate: Gate, path: string, options: SendOptions): Promise<Answer>;
  stop(): Promise<void>;
}

/** What {@link Replicas.send} sends: a POST. */
export interface SendOptions {
  readonly form?: Readonly<Record<string, string>>;
  readonly json?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What came back. */
export interface Answer {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly body: string;
}

export const DATABASE = 'portcullis';
const USERNAME = 'alice';

/**
 * Starts a PostgreSQL with a login that migrates and one that serves, and two gates on it. Each gate has a data directory
 * of its own; they share the master key.
 */
export async function startReplicas(graceSeconds = 60): Promise<Replicas> {
  const cluster = await startCluster();
  await cluster.query('postgres', 'CREATE ROLE portcullis_owner LOGIN CREATEROLE');
  await cluster.query('postgres', 'CREATE ROLE gate LOGIN');
  await cluster.createDatabase(DATABASE, 'portcullis_owner');
  const environment = {
    DATABASE_URL: cluster.url(DATABASE, 'gate'),
    DATABASE_MIGRATION_URL: cluster.url(DATABASE, 'portcullis_owner'),
    PORTCULLIS_MASTER_KEY: randomBytes(32).toString('base64url'),
  };
  const addUser = ['users', 'add', USERNAME, '--password-stdin'];
  const added = await runProgram(addUser, { input: `${TEST_PASSWORD}\n`, env: environment });
  if (added.code !== 0) throw new Error(added.stderr);

  const [balancer, upstream] = await Promise.all([startBalancer(), startRecordingUpstream()]);
  const config = `
publicUrl: ${balancer.origin}
upstreams: [{url: ${JSON.stringify(upstream.url)}}]
refreshGraceSeconds: ${graceSeconds}
${RELAXED_LIMITS}`;
  const [one, two] = await Promise.all([
    startGate({ config, env: environment }),
    startGate({ config, env: environment }),
  ]);
  const lead = (...gates: readonly Gate[]): void => balancer.lead(...gates.map(({ port }) => port));
  lead(one, two);
  const { port, origin } = balancer;
  return {
    cluster,
    balancer,
    one,
    two,
    together: { ...one, port, origin, username: USERNAME, password: TEST_PASSWORD },
    upstream,
    environment,
    lead,
    async manage(group, command, ...args) {
      const { code, stdout, stderr } = await runProgram([group, command, '--json', ...args], { env: environment });
      if (code !== 0) throw new Error(stderr);
      return JSON.parse(stdout) as Record<string, string>;
    },
    send: (gate, path, options) => send(gate, new URL(origin).host, path, options),
    async stop() {
      await Promise.all([one.stop(), two.stop()]);
      await Promise.all([balancer.close(), upstream.close()]);
      await cluster.dispose();
    },
  };
}

/** Each request on a connection of its own: what is kept alive would lead back to where it was. */
function send(gate: Gate, host: string, path: string, { form, json, headers }: SendOptions): Promise<Answer> {
  const body = form === undefined ? JSON.stringify(json) : new URLSearchParams(form).toString();
  const contentType = form === undefined ? 'application/json' : 'application/x-www-form-urlencoded';
  return new Promise((resolve, reject) => {
    const sent = request(
      `${gate.origin}${path}`,
      { method: 'POST', headers: { host, 'content-type': contentType, ...headers }, agent: false },
      async (response) => {
        let text = '';
        for await (const chunk of response.setEncoding('utf8')) text += chunk;
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text });
      },
    );
    sent.once('error', reject);
    sent.end(body);
  });
}
