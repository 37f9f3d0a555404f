import { join } from 'node:path';
import { ROOT } from './paths.js';
import { freePort, type Running, start, until } from './processes.js';

/** The framework that an example stands on. */
export type WeatherHost = 'express' | 'fastify' | 'hono' | 'node-http';

/** One of `examples/weather-server`, running. */
export interface WeatherServer {
  readonly host: WeatherHost;
  readonly port: number;
  /** Its MCP endpoint, which is the resource. */
  readonly url: string;
  readonly metadataUrl: string;
  readonly running: Running;
  /** The reasons in its trail so far. */
  reasons(): readonly (string | undefined)[];
}

/** Starts the built program with these variables. */
export function runWeatherServer(host: WeatherHost, variables: Readonly<Record<string, string>>): Running {
  const program = join(ROOT, 'examples/weather-server/dist', `${host}.js`);
  return start(process.execPath, [program], { env: { ...process.env, ...variables } });
}

/**
 * Starts one that trusts an issuer, and waits until it listens. @throws with what it says when it does not
 *
 * @param port - one that is free, where the issuer has to know the resource first
 */
export async function startWeatherServer(
  host: WeatherHost,
  variables: Readonly<Record<'ISSUER', string>> & Readonly<Record<string, string>>,
  port?: number,
): Promise<WeatherServer> {
  const chosen = port ?? (await freePort());
  const running = runWeatherServer(host, { ...variables, PORT: String(chosen) });
  await until(`the weather on ${host}`, () => {
    if (running.child.exitCode !== null) throw new Error(running.stderr());
    return running.stdout().includes('/mcp') || undefined;
  });
  const origin = `http://127.0.0.1:${chosen}`;
  return {
    host,
    port: chosen,
    url: `${origin}/mcp`,
    metadataUrl: `${origin}/.well-known/oauth-protected-resource/mcp`,
    running,
    reasons: () =>
      running
        .stderr()
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => (JSON.parse(line) as { reason?: string }).reason),
  };
}
