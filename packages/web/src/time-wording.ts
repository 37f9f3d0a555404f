import type { EpochSeconds } from '@portcullis/protocol';
import { type Html, html } from './html.js';

const MINUTE_SECONDS = 60;
const HOUR_SECONDS = 3600;
const DAY_SECONDS = 86_400;

/** Beyond this, a date says more than a number of days. */
const LONGEST_AGO_SECONDS = 30 * DAY_SECONDS;

const DATE = new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeZone: 'UTC' });

/** A day, in UTC: the page does not know where its reader is. */
export function day(time: EpochSeconds): Html {
  return timeElement(time, DATE.format(time * 1000));
}

/** How long ago something was, as a person would say it; a day for what is long past. */
export function ago(time: EpochSeconds, now: EpochSeconds): Html {
  const seconds = Math.max(0, now - time);
  if (seconds >= LONGEST_AGO_SECONDS) return day(time);
  if (seconds < MINUTE_SECONDS) return timeElement(time, 'just now');
  if (seconds < HOUR_SECONDS) return timeElement(time, `${count(seconds / MINUTE_SECONDS, 'minute')} ago`);
  if (seconds < DAY_SECONDS) return timeElement(time, `${count(seconds / HOUR_SECONDS, 'hour')} ago`);
  return timeElement(time, `${count(seconds / DAY_SECONDS, 'day')} ago`);
}

function count(amount: number, unit: string): string {
  const whole = Math.floor(amount);
  return `${whole} ${unit}${whole === 1 ? '' : 's'}`;
}

function timeElement(time: EpochSeconds, words: string): Html {
  return html`<time datetime="${new Date(time * 1000).toISOString()}">${words}</time>`;
}
