import type { AuditSink } from '@portcullis/ports';

/** Takes what should not have been thrown, with the request it happened in. */
type OnFault = (error: unknown, correlationId: string | undefined) => void;

/**
 * The sink of a host as one that never throws. What it throws goes to `onFault`, also where its `record` is async and
 * rejects later: with nobody waiting for it, that would end the process.
 */
export function quietSink(sink: AuditSink, onFault: OnFault): AuditSink {
  return {
    record(event) {
      try {
        catchLater(sink.record(event), (error) => report(onFault, error, event.correlationId));
      } catch (error) {
        report(onFault, error, event.correlationId);
      }
    },
  };
}

/** Hands a fault to the host, whose own faults end here. */
export function report(onFault: OnFault, error: unknown, correlationId: string | undefined): void {
  try {
    // Nobody is left to tell.
    catchLater(onFault(error, correlationId), () => undefined);
  } catch {
    // As above.
  }
}

/** Takes the rejection of what a host's function returned, where it is a promise after all. */
export function catchLater(returned: unknown, onRejected: (error: unknown) => void): void {
  if (typeof returned !== 'object' || returned === null || !('then' in returned)) return;
  Promise.resolve(returned).catch(onRejected);
}
