// One process of a race: loads the storage, waits for the word, opens it, makes all its calls at once, prints what they
// answered.
import { once } from 'node:events';

const [, , storageModule, factory, options] = process.argv;
const { [factory]: open } = await import(storageModule);

process.stdout.write('loaded\n');
const [line] = await once(process.stdin.setEncoding('utf8'), 'data');
const calls = JSON.parse(line);

const storage = await open(JSON.parse(options));
const answers = await Promise.all(calls.map(({ store, act, parameters }) => storage[store][act](...parameters)));
await storage.close();
process.stdout.write(`${JSON.stringify(answers)}\n`);
process.stdin.destroy();
