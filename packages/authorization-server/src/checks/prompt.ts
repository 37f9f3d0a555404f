import { type EpochSeconds, fail, type Result, succeed } from '@portcullis/protocol';

/** What a request wants of the pages (OpenID Connect Core §3.1.2.1). */
export interface PromptWishes {
  /** `none`: no page at all, an answer or an error. */
  readonly silent: boolean;
  /** `consent`, `login` or `select_account`: a page in any case, whatever is remembered. */
  readonly asking: boolean;
  /** `login`, or a `max_age` of 0, which means the same: the user proves anew who they are. */
  readonly signInAnew: boolean;
  readonly maxAgeSeconds: number | undefined;
}

/** Why the wishes cannot be read. */
export type PromptFailure = 'prompt_malformed' | 'max_age_malformed';

/** Reads `prompt` and `max_age`. Values that are not known are ignored, as that section allows; `none` stands alone. */
export function readPromptWishes(
  prompt: string | undefined,
  maxAge: string | undefined,
): Result<PromptWishes, PromptFailure> {
  const values = prompt?.split(' ') ?? [];
  const silent = values.includes('none');
  if (silent && values.length > 1) return fail('prompt_malformed');
  if (maxAge !== undefined && !/^[0-9]{1,12}$/.test(maxAge)) return fail('max_age_malformed');
  const maxAgeSeconds = maxAge === undefined ? undefined : Number(maxAge);
  return succeed({
    silent,
    asking: ['consent', 'login', 'select_account'].some((value) => values.includes(value)),
    signInAnew: values.includes('login') || maxAgeSeconds === 0,
    maxAgeSeconds,
  });
}

/**
 * Since when the user must have signed in; undefined where it does not matter. A sign-in that is to be anew is one later
 * than any there is, even where that was in this very second.
 */
export function earliestSignIn(
  { signInAnew, maxAgeSeconds }: PromptWishes,
  signedInAt: EpochSeconds | undefined,
  now: EpochSeconds,
): EpochSeconds | undefined {
  if (signInAnew) return Math.max(now, signedInAt === undefined ? 0 : signedInAt + 1);
  return maxAgeSeconds === undefined ? undefined : Math.max(0, now - maxAgeSeconds);
}
