// Runs npm scripts at once, each on a core of its own, and prints what each said in one piece, in the order they were named.
// Ends with 1 when one of them failed.
import { spawn } from 'node:child_process';

const runs = process.argv.slice(2).map((script) => {
  const child = spawn('npm', ['run', '--silent', script], { stdio: ['ignore', 'pipe', 'pipe'] });
  const said = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => said.push(chunk));
  const ended = new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve(code ?? signal));
  });
  return { script, said, ended };
});

for (const { script, said, ended } of runs) {
  const code = await ended;
  process.stdout.write(`> ${script}\n${Buffer.concat(said)}`);
  if (code !== 0) {
    process.stdout.write(`${script} failed with ${code}\n`);
    process.exitCode = 1;
  }
}
