import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { NotServed, type Question, type Reply, type TargetModule, type TargetServer } from './target-module.js';

// The process of one target: `node --expose-gc serve-target.js MODULE BENCHMARK OPTIONS [POSTGRES]`. It listens on a loopback port, makes the
// requests of a round when asked, and says how much processor time it has used.

const [, , moduleUrl = '', benchmark = '', optionsJson = '{}', postgres] = process.argv;

function reply(message: Reply): void {
  process.send?.(message);
}

async function serve(): Promise<TargetServer> {
  let listener: RequestListener = (_request, response) => response.writeHead(503).end();
  const server = createServer({ noDelay: true, keepAliveTimeout: 60_000 }, (request, response) =>
    listener(request, response),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const module = (await import(moduleUrl)) as TargetModule;
  const target = await module.createTarget(
    { origin: `http://127.0.0.1:${port}`, benchmark, postgres },
    JSON.parse(optionsJson) as Record<string, unknown>,
  );
  listener = target.listener;
  reply({ reply: 'listening', port });
  return target;
}

/** Of all threads, user and system. */
function usedMicroseconds(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

async function answer(target: TargetServer, question: Question): Promise<Reply> {
  if (question.ask === 'cpu') return { reply: 'cpu', microseconds: usedMicroseconds() };
  const requests = await target.prepare(question.count);
  // What preparing left behind is not to be cleared away while requests are measured.
  (globalThis as { gc?: () => void }).gc?.();
  return { reply: 'prepared', requests };
}

try {
  const target = await serve();
  process.on('message', (question: Question) => {
    answer(target, question).then(reply, (error: unknown) => reply({ reply: 'failed', why: String(error) }));
  });
  // The measuring process ends this one by closing the channel; where that process dies, the channel closes as well.
  process.once('disconnect', () => {
    const end = (): never => process.exit(0);
    (target.close?.() ?? Promise.resolve()).then(end, end);
  });
} catch (error) {
  reply(
    error instanceof NotServed
      ? { reply: 'not served', why: error.message }
      : { reply: 'failed', why: error instanceof Error ? (error.stack ?? error.message) : String(error) },
  );
  process.disconnect?.();
}
