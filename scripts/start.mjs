// `npm start`: the gate in front of the official example server. Further arguments are the gate's own
// (`npm start -- --port 8809`), which is why they have to stand before the command of the server.
import { fileURLToPath } from 'node:url';

const server = fileURLToPath(
  new URL('../node_modules/@modelcontextprotocol/server-everything/dist/index.js', import.meta.url),
);
const program = fileURLToPath(new URL('../apps/portcullis/bin/portcullis.js', import.meta.url));
const ownArguments = process.argv.slice(2);
process.argv = [process.argv[0], program, 'gateway', ...ownArguments, '--', process.execPath, server, 'stdio'];
await import(program);
