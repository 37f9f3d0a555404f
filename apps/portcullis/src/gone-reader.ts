import { systemErrorCode } from './program-error.js';

/**
 * Takes it quietly when whoever read `stream` has closed their end, as `… | head` does: they have heard enough. What the
 * program is doing goes on to its own end and its own exit code. Any other error of the stream goes to `onFault`.
 */
export function allowGoneReader(stream: NodeJS.WriteStream, onFault: (error: Error) => void): void {
  stream.on('error', (error) => {
    if (systemErrorCode(error) !== 'EPIPE') onFault(error);
  });
}
