/** Why a posted form did not come from our own page. */
export type FormOriginFailure = 'foreign_origin' | 'foreign_fetch_site';

/**
 * Checks where a browser says that a form came from (Fetch Metadata; RFC 6454 §7). A browser that says nothing passes:
 * the CSRF token decides in every case. `Origin: null` is refused, since our own forms send an origin.
 */
export function checkSameOriginForm(headers: Headers, issuerOrigin: string): FormOriginFailure | undefined {
  const origin = headers.get('origin');
  if (origin !== null && origin !== issuerOrigin) return 'foreign_origin';
  const site = headers.get('sec-fetch-site');
  return site === null || site === 'same-origin' || site === 'none' ? undefined : 'foreign_fetch_site';
}
