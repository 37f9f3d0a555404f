// The lines of the stdio transport, for whoever speaks it without a gate.
export { formatLine } from './stdio/framing.js';
export { LineReader } from './stdio/line-reader.js';
