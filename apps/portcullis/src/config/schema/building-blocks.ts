import { displayText } from '@portcullis/protocol';
import { z } from 'zod';

/**
 * An object that refuses keys it does not know, and says which ones it knows.
 *
 * @param elsewhere - what to say besides of a key that has another place
 */
export function strictObject<Shape extends z.core.$ZodLooseShape>(
  shape: Shape,
  elsewhere: Readonly<Record<string, string>> = {},
): z.ZodObject<Shape, z.core.$strict> {
  const allowed = Object.keys(shape).join(', ');
  return z.strictObject(shape, {
    error: (issue) => {
      if (issue.code !== 'unrecognized_keys') return undefined;
      const unknown = (issue as { keys?: readonly string[] }).keys ?? [];
      const hints = unknown.flatMap((key) => (Object.hasOwn(elsewhere, key) ? [`; ${elsewhere[key]}`] : []));
      return `unknown key ${unknown.map((key) => `"${key}"`).join(', ')}; allowed: ${allowed}${hints.join('')}`;
    },
  });
}

/** A text held against `check`, which answers what is wrong with it or undefined, beside the bounds of `base`. */
export function checkedText(
  description: string,
  check: (text: string) => string | undefined,
  base = z.string(),
): z.ZodString {
  return base
    .superRefine((text, context) => {
      const problem = check(text);
      if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
    })
    .describe(description);
}

/** What is wrong with a name that people are to read, or undefined. */
export function checkVisible(text: string): string | undefined {
  return displayText(text) === '' ? 'must hold something that can be seen' : undefined;
}

/** A name that people are shown, of at most 80 characters. */
export function shownName(description: string): z.ZodString {
  // What is empty has been told as such.
  const check = (text: string): string | undefined => (text === '' ? undefined : checkVisible(text));
  return checkedText(description, check, z.string().min(1).max(80));
}

/** A whole number of seconds (or of points) between two bounds, with its default. */
export function wholeNumber(
  description: string,
  min: number,
  max: number,
  standard: number,
): z.ZodDefault<z.ZodNumber> {
  return z.number().int().min(min).max(max).default(standard).describe(description);
}

const ENVIRONMENT_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** What is wrong with the name of an environment variable, or undefined. */
export function checkEnvironmentName(name: string): string | undefined {
  if (!ENVIRONMENT_NAME.test(name)) return 'must be the name of an environment variable';
  if (name.startsWith('PORTCULLIS_'))
    return "variables named PORTCULLIS_… are the gate's own secrets and go nowhere else";
  return undefined;
}

const environmentReference = strictObject({
  env: checkedText('Name of the environment variable that holds the value.', checkEnvironmentName),
});
const fileReference = strictObject({
  file: z
    .string()
    .min(1)
    .describe('File that holds the value, relative to this configuration. A line end at its end is dropped.'),
});

/** A secret by reference: it never stands in the configuration itself. */
export const secretReference = z.union([environmentReference, fileReference], {
  error: 'must be {env: NAME} or {file: PATH}: a secret does not stand in this file',
});

/** A value that may be secret: plain, or by reference. */
export const valueOrReference = z.union([z.string(), environmentReference, fileReference], {
  error: 'must be a text, {env: NAME} or {file: PATH}',
});

/** {@link valueOrReference} as parsed. */
export type ValueOrReference = z.output<typeof valueOrReference>;
