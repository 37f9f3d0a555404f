import { type FormBrowser, type FormPerson, formsOf, type Visit } from './form-browser.js';

const MAX_STEPS = 5;

/**
 * Follows the link of a device (`verification_uri_complete`) as a person would: sends the code that stands in the field,
 * signs in where a password is asked for, presses the button that `decision` matches, and answers the page they end at.
 *
 * @throws where a page has none of these
 */
export async function decideOnDevice(
  browser: FormBrowser,
  link: string,
  person: FormPerson,
  decision: RegExp = /^(approve|continue)/i,
): Promise<Visit> {
  let visit = await browser.open(link);
  for (let step = 0; step < MAX_STEPS; step += 1) {
    const has = (name: string) => (form: ReturnType<typeof formsOf>[number]) =>
      form.controls.some(({ attributes }) => attributes['name'] === name);
    const forms = formsOf(visit);
    const consent = forms.find(has('decision'));
    if (consent !== undefined) return browser.submit(visit, consent, {}, decision);
    const signIn = forms.find(has('password'));
    const code = forms.find(has('user_code'));
    if (signIn !== undefined) visit = await browser.submit(visit, signIn, { ...person });
    else if (code !== undefined) visit = await browser.submit(visit, code, {});
    else throw new Error(`Nothing to press at ${visit.kind === 'page' ? visit.html : visit.location}`);
  }
  throw new Error(`No end after ${MAX_STEPS} pages from ${link}`);
}
