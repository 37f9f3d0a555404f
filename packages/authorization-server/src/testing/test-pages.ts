import type { AuthorizationPages } from '@portcullis/ports';

/** A page as a test reads it: which one, and what it was given. */
export interface ReadPage {
  readonly page: keyof AuthorizationPages;
  // biome-ignore lint/suspicious/noExplicitAny: a test reads whichever members it is about
  readonly model: any;
}

const render = (page: keyof AuthorizationPages) => (model: object) =>
  `<!doctype html><main>${encodeURIComponent(JSON.stringify({ page, model }))}</main>`;

/** Pages that carry their model, so that a test sees what a person would be shown. */
export const testPages: AuthorizationPages = {
  signIn: render('signIn'),
  consent: render('consent'),
  leaving: render('leaving'),
  device: render('device'),
  deviceDone: render('deviceDone'),
  untrustedRedirect: render('untrustedRedirect'),
  error: render('error'),
  signedOut: render('signedOut'),
  disabledUser: render('disabledUser'),
  account: render('account'),
};

/** The page of a response. */
export async function readPage(response: Response): Promise<ReadPage> {
  const main = /<main>(.*)<\/main>/.exec(await response.text());
  return JSON.parse(decodeURIComponent(main?.[1] ?? '')) as ReadPage;
}
