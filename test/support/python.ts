import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ROOT } from './paths.js';
import { freePort, start, until } from './processes.js';

/** Our example of an MCP server in Python. */
const EXAMPLE = join(ROOT, 'examples/python-server');

let found: string | undefined;

/** Python with PyJWT, as Debian installs it, or where PYTHON points. @throws when there is none */
function pythonPath(): string {
  if (found !== undefined) return found;
  const path = process.env['PYTHON'] ?? '/usr/bin/python3';
  if (spawnSync(path, ['-c', 'import cryptography, jwt']).status !== 0) {
    throw new Error(
      'These tests need Python with PyJWT: apt-get install python3-jwt python3-cryptography, or set PYTHON',
    );
  }
  found = path;
  return path;
}

/** The environment in which Python finds the example's modules, and leaves nothing beside them. */
function pythonEnvironment(): NodeJS.ProcessEnv {
  return { ...process.env, PYTHONPATH: EXAMPLE, PYTHONDONTWRITEBYTECODE: '1' };
}

/** Runs Python with these arguments, to its end. @throws with what it complains of where it fails */
export async function runPython(
  args: readonly string[],
  input = '',
): Promise<{ readonly stdout: string; readonly stderr: string }> {
  const running = start(pythonPath(), args, { env: pythonEnvironment() });
  running.child.stdin?.end(input);
  const code = await running.exited;
  const [stdout, stderr] = [running.stdout(), running.stderr()];
  if (code !== 0) throw new Error(`Python ended with ${code}:\n${stdout}${stderr}`);
  return { stdout, stderr };
}

/** The example, running. */
export interface PythonServer {
  /** Its MCP endpoint, which is the resource. */
  readonly url: string;
  /** Where it says whose tokens it takes (RFC 9728). */
  readonly metadataUrl: string;
  /** What it has logged. */
  log(): string;
  stop(): Promise<unknown>;
}

/** Starts it as its README does, and waits until it answers. */
export async function startPythonServer(issuer: string): Promise<PythonServer> {
  const port = await freePort();
  const running = start(pythonPath(), [join(EXAMPLE, 'server.py'), '--issuer', issuer, '--port', String(port)], {
    env: pythonEnvironment(),
  });
  const origin = `http://127.0.0.1:${port}`;
  const metadataUrl = `${origin}/.well-known/oauth-protected-resource/mcp`;
  await until('the Python server to answer', async () => {
    if (running.child.exitCode !== null) throw new Error(running.stderr());
    return (await fetch(metadataUrl)).ok || undefined;
  });
  return { url: `${origin}/mcp`, metadataUrl, log: running.stderr, stop: () => running.stop() };
}
