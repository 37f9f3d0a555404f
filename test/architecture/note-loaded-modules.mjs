import { appendFileSync } from 'node:fs';
import { register } from 'node:module';
import { isMainThread } from 'node:worker_threads';

// Given to Node with `--import`: writes the URL of each ECMAScript module that is loaded from then on, and of each CommonJS
// one that such a module imports, on a line of its own into the file that LOADED_MODULES names. The file is loaded twice,
// since hooks run in a thread of their own.
if (isMainThread) register(import.meta.url);

/** The hook of Node that is called for every module. */
export async function load(url, context, nextLoad) {
  appendFileSync(process.env.LOADED_MODULES, `${url}\n`);
  return nextLoad(url, context);
}
