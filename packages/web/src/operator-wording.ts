import { displayText } from '@portcullis/protocol';

/** What the operator wrote, made fit to be shown and never cut: the configuration bounds it. */
export function operatorText(text: string): string {
  return displayText(text, Number.POSITIVE_INFINITY);
}
