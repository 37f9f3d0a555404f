import type { RefusalReason } from '../refusals.js';

/**
 * Uses up what a client proved itself with, where that is good once: why the request is refused, where another one did before.
 * Called once, when nothing else is wrong with the request and before anything is done for it: what is refused uses up nothing.
 */
export type UseProof = () => Promise<RefusalReason | undefined>;
