/** A minute, in seconds. */
export const MINUTE = 60;

/** An hour, in seconds. */
export const HOUR = 60 * MINUTE;

/** A day, in seconds. */
export const DAY = 24 * HOUR;
