import type { z } from 'zod';

/** Gives the checks of a schema plain words for what they find; words that a schema has of its own go before. */
export const IN_PLAIN_WORDS: { readonly error: z.core.$ZodErrorMap } = { error: describeIssue };

/**
 * What is wrong with a value, as words that follow its name: `must be at least 330`. For flags and for configuration
 * files alike. Never holds the value found: it may be a secret. Undefined leaves it to the schema library.
 */
function describeIssue(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type': {
      if (issue.input === undefined) return 'is required';
      return `must be ${KINDS[issue.expected] ?? issue.expected}, not ${kindOf(issue.input)}`;
    }
    case 'too_small':
      return isEmptiness(issue.origin, issue.minimum)
        ? 'must not be empty'
        : formatBound('at least', issue.origin, issue.minimum);
    case 'too_big':
      return formatBound('at most', issue.origin, issue.maximum);
    case 'invalid_value':
      return `must be ${issue.values.length > 1 ? 'one of ' : ''}${issue.values.map(String).join(', ')}`;
    default:
      return undefined;
  }
}

const KINDS: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a mapping',
  record: 'a mapping',
};

function kindOf(value: unknown): string {
  if (value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'number' && !Number.isInteger(value)) return 'a fraction';
  return KINDS[typeof value] ?? 'that';
}

function isEmptiness(origin: string, minimum: number | bigint): boolean {
  return minimum === 1 && (origin === 'string' || origin === 'array');
}

/** Schemas here have bounds that are themselves allowed, and no others. */
function formatBound(bound: string, origin: string, value: number | bigint): string {
  if (origin === 'string') return `must have ${bound} ${value} characters`;
  return origin === 'array' ? `must have ${bound} ${value} entries` : `must be ${bound} ${value}`;
}
