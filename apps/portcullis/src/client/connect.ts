import { once } from 'node:events';
import type { Terminal } from '../terminal.js';
import { runBridge } from './bridge/bridge.js';
import type { SignInOptions } from './client-options.js';
import { openConnection } from './open-connection.js';

/**
 * `portcullis connect URL`: an MCP server over stdio, for a program that knows nothing of OAuth. Standard output carries
 * JSON-RPC messages and nothing else (CX-07). Ends when standard input does, when whoever reads is gone, or when a signal
 * asks for it.
 */
export async function connect(url: string, options: SignInOptions, terminal: Terminal): Promise<void> {
  const { stdin, stdout, stderr } = terminal;
  const connection = await openConnection(url, options, terminal);
  const stopping = new AbortController();
  const stop = (): void => stopping.abort();
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, stop);
  // Nobody reads any more.
  stdout.on('error', stop);
  try {
    await runBridge(
      connection,
      {
        input: stdin,
        async write(line) {
          if (stopping.signal.aborted || stdout.write(`${line}\n`)) return;
          await once(stdout, 'drain', { signal: stopping.signal }).catch(() => undefined);
        },
        note: (sentence) => void stderr.write(`portcullis: ${sentence}\n`),
      },
      { signal: stopping.signal },
    );
  } finally {
    for (const signal of signals) process.off(signal, stop);
    stdout.off('error', stop);
  }
}
