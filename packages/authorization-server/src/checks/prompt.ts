import type { RefusalReason } from '../refusals.js';

/**
 * `prompt=none` asks for an answer without a page (OpenID Connect Core §3.1.2.1). There is none: consent is asked each
 * time. Other values change nothing, since a person is always asked, and can always choose another user.
 */
export function checkPrompt(prompt: string | undefined, isSignedIn: boolean): RefusalReason | undefined {
  const values = prompt?.split(' ') ?? [];
  if (!values.includes('none')) return undefined;
  if (values.length > 1) return 'prompt_malformed';
  return isSignedIn ? 'consent_needed' : 'login_needed';
}
