/** A time to the minute, for people: `2026-11-24 10:00 UTC`. Takes ISO 8601. */
export function minute(isoTime: string): string {
  return `${isoTime.slice(0, 16).replace('T', ' ')} UTC`;
}
