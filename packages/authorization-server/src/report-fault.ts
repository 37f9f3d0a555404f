/** Hands a fault to the host. What `onFault` throws itself, at once or later, is dropped: it must not end the process, and nobody
 * is left to tell. */
export function reportFault<Told extends readonly unknown[]>(
  onFault: ((...told: Told) => void | Promise<void>) | undefined,
  ...told: Told
): void {
  new Promise<void>((resolve) => resolve(onFault?.(...told))).catch(() => undefined);
}
