import type { DeviceDonePage, DevicePage } from '@portcullis/ports';
import { describe, expect, it } from 'vitest';
import { createPages } from './pages.js';
import { STYLESHEET_PATH } from './stylesheet.js';
import * as samples from './testing/samples.js';

const pages = createPages({ stylesheetPath: STYLESHEET_PATH });
const render = (change: Partial<DevicePage> = {}): string => pages.device({ ...samples.device, ...change });
const input = (page: string): string => /<input class="code"[^>]*>/.exec(page)?.[0] ?? '';

describe('the page for devices', () => {
  it('DV-01 asks for a code in one field with a label, in capitals, that nothing fills in or corrects', () => {
    const page = render();
    expect(page).toContain('<form method="post" action="/device">');
    expect(page).toContain('name="csrf_token" value="sample-csrf-token"');
    expect(page).not.toContain('name="transaction"');
    expect(page).toContain('<label for="user-code">Code</label>');
    expect(input(page)).toContain('id="user-code" name="user_code" type="text" value=""');
    for (const attribute of [
      'inputmode="text"',
      'autocomplete="off"',
      'autocapitalize="characters"',
      'autocorrect="off"',
      'spellcheck="false"',
      'aria-describedby="code-hint"',
      ' required',
      ' autofocus',
    ]) {
      expect(input(page)).toContain(attribute);
    }
    expect(input(page)).not.toContain('aria-invalid');
    expect(page).not.toContain('role="alert"');
  });

  it('DV-01 shows a code that came by a link, for the person to compare, without the focus', () => {
    const page = render({ userCode: 'WDJB-MJHT' });
    expect(page).toContain('Is this the code that your device shows?');
    expect(input(page)).toContain('value="WDJB-MJHT"');
    expect(input(page)).not.toContain('autofocus');
  });

  it('DV-01 announces what was wrong, and the field points at it', () => {
    const page = render({ userCode: 'WDJB-MJHT', problem: 'This code is not right.' });
    expect(page).toContain('<p class="notice bad" role="alert" id="problem">This code is not right.</p>');
    expect(page).toContain('<title>Not the right code · Portcullis</title>');
    expect(input(page)).toContain('aria-describedby="problem code-hint" aria-invalid="true" autofocus');
    expect(input(page)).toContain('value="WDJB-MJHT"');
  });

  it('DV-01 warns of codes that somebody sent', () => {
    expect(render()).toContain('Whoever sends you a code, or a link with one, wants to be let in as you.');
  });
});

describe('the last page for a device', () => {
  const done = (change: Partial<DeviceDonePage> = {}): string => pages.deviceDone({ ...samples.deviceDone, ...change });

  it('DV-01 says that the device goes on, and where the approval is taken back', () => {
    const page = done();
    expect(page).toContain('<h1>Approved</h1>');
    expect(page).toContain('<bdi>Living room display</bdi></q> goes on by itself');
    expect(page).toContain('<a href="/account">your applications</a>');
    expect(page).not.toContain('http-equiv="refresh"');
  });

  it('DV-01 says that it gets nothing', () => {
    const page = done({ outcome: 'denied' });
    expect(page).toContain('<h1>Denied</h1>');
    expect(page).toContain('gets no access, and the code is used up');
    expect(page).not.toContain('/account');
  });
});

describe('the pages on the way', () => {
  it('DV-01 the consent page has the code in the largest text, and tells what to do with it', () => {
    const page = pages.consent({ ...samples.consent, client: samples.deviceClient });
    expect(page).toContain('The answer goes to the device that shows');
    expect(page).toContain('<p class="destination-place"><bdi class="place" dir="ltr">WDJB-MJHT</bdi></p>');
    expect(page).toContain('<strong>Compare the code with the one on your device.</strong>\nApprove only if');
    expect(page).toContain('press Deny: they would be let in as you.');
    expect(page).not.toContain('Redirect URI');
    expect(page).not.toContain('Any program on this computer');
    const nothingNew = pages.consent({
      ...samples.consent,
      client: samples.deviceClient,
      scopes: [],
      allowedScopes: samples.consent.scopes,
    });
    expect(nothingNew).toContain('\nContinue only if they are the same');
  });

  it('DV-01 the sign-in page shows the code before anybody types in a password, for a device alone', () => {
    const { purpose } = samples.signIn;
    if (purpose.kind !== 'authorization') throw new Error('The sample is for the account');
    const page = pages.signIn({ ...samples.signIn, purpose: { ...purpose, client: samples.deviceClient } });
    expect(page).toContain(
      'on the device that shows the code <strong><bdi class="place" dir="ltr">WDJB-MJHT</bdi></strong>',
    );
    expect(pages.signIn(samples.signIn)).not.toContain('on the device');
  });
});
