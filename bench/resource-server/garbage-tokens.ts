import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { protectResource } from '@portcullis/resource-server';
import { RESOURCE, startIssuer } from './issuer.js';

// `npm run bench:garbage -- [--tokens N]`: what the memory of a guarded resource does under distinct tokens that nobody
// issued, while a good one is used on. Each is sent to the guard itself, in this process: what an HTTP server keeps of a
// connection is not the question. No test asserts a number; what is printed is to be flat.

const { values } = parseArgs({ options: { tokens: { type: 'string', default: '10000000' } } });
const count = Number(values.tokens);
if (!Number.isSafeInteger(count) || count < 20) throw new Error('--tokens takes a whole number of at least 20');

const issuer = await startIssuer('ES256');
const resource = protectResource({ resource: RESOURCE, authorizationServers: [issuer.issuer] });
const [good] = await issuer.requests(1, 'repeated');
const authorization = good?.headers['authorization'] ?? '';
const [header = '', payload = ''] = authorization.split('.');

/** The status of the answer; 200 for whoever is let in. */
async function ask(value: string): Promise<number> {
  const admission = await resource.admit({
    method: 'POST',
    target: '/mcp',
    host: 'mcp.example.com',
    rawHeaders: ['Authorization', value],
  });
  return admission.outcome === 'answered' ? admission.response.status : 200;
}

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const unknownKey = (): string => encode({ alg: 'ES256', typ: 'at+jwt', kid: randomBytes(9).toString('base64url') });

/** Mostly noise; one in a hundred is a JWT of this issuer up to its signature, one names a key that does not exist. */
function garbage(index: number): string {
  const noise = randomBytes(48).toString('base64url');
  if (index % 100 === 0) return `${header}.${payload}.${randomBytes(64).toString('base64url')}`;
  if (index % 100 === 50) return `Bearer ${unknownKey()}.${payload}.${noise}`;
  return index % 2 === 0 ? `Bearer ${noise}` : `Bearer ${noise}.${noise}.${noise}`;
}

function tell(done: number, begun: number): void {
  (globalThis as { gc?: () => void }).gc?.();
  const { rss, heapUsed } = process.memoryUsage();
  const megabytes = (bytes: number): string => `${Math.round(bytes / 1024 / 1024)} MB`.padStart(8);
  const seconds = Math.round((Date.now() - begun) / 1000);
  console.log(`${String(done).padStart(10)} tokens  RSS ${megabytes(rss)}  heap ${megabytes(heapUsed)}  ${seconds} s`);
}

if ((await ask(authorization)) !== 200) throw new Error('The good token was refused');
const begun = Date.now();
tell(0, begun);
const step = Math.floor(count / 20);
for (let index = 0; index < count; index += 1) {
  const status = await ask(garbage(index));
  if (status !== 401) throw new Error(`A token that nobody issued was answered with ${status}`);
  if ((index + 1) % step === 0) {
    if ((await ask(authorization)) !== 200) throw new Error('The good token was pushed out');
    tell(index + 1, begun);
  }
}
await issuer.close();
