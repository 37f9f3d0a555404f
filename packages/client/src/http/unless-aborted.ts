/**
 * What comes of `work`, unless whoever wants it gives up before: then the reason of `signal` is thrown. The work goes on, for
 * those who share it, and its failure is nobody's then.
 */
export function unlessAborted<Value>(work: Promise<Value>, signal: AbortSignal | null | undefined): Promise<Value> {
  if (signal === undefined || signal === null) return work;
  return new Promise<Value>((resolve, reject) => {
    const abort = (): void => reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
    void work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
