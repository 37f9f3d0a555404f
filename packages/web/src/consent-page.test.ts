import type { ConsentPage } from '@portcullis/ports';
import { describe, expect, it } from 'vitest';
import { renderConsentPage } from './consent-page.js';
import { STYLESHEET_PATH } from './stylesheet.js';
import { changedClient, consent, loopbackClient, schemeClient, stepUp, webClient } from './testing/samples.js';
import { withoutParts } from './testing/without-parts.js';

function render(change: Partial<ConsentPage> = {}): string {
  return withoutParts(renderConsentPage({ ...consent, ...change }, { stylesheetPath: STYLESHEET_PATH }));
}

const LOOPBACK_WARNING = 'Any program on this computer could be asking.';
const SELF_REGISTERED_WARNING = 'This application registered itself; nobody has vouched for it.';

describe('the consent page', () => {
  it('offers Approve and Deny, and a first button that makes Enter decide nothing', () => {
    const decision = /<form method="post" action="\/interaction">[\s\S]*?<\/form>/.exec(render())?.[0] ?? '';
    expect(decision.match(/<button[^>]*>[^<]*<\/button>/g)).toEqual([
      '<button type="submit" formmethod="dialog" hidden></button>',
      '<button type="submit" class="primary" name="decision" value="approve">Approve</button>',
      '<button type="submit" class="secondary" name="decision" value="deny">Deny</button>',
    ]);
    expect(decision).toContain('name="transaction" value="sample-transaction"');
    expect(decision).toContain('name="csrf_token" value="sample-csrf-token"');
  });

  it('lists each scope in plain words with a ticked box', () => {
    const page = render();
    for (const { name, description } of consent.scopes) {
      expect(page).toMatch(new RegExp(`<input type="checkbox"[^>]* name="scope" value="${name}"[^>]* checked>`));
      expect(page).toContain(`>${description}</label>`);
    }
    expect(page.match(/type="checkbox"/g)).toHaveLength(consent.scopes.length);
  });

  it('CB-04 posts the name of a scope exactly, however it is shown', () => {
    const name = `x"><i>${'y'.repeat(200)}`;
    const page = render({ scopes: [{ name, description: '' }] });
    expect(page).toContain(`value="x&quot;&gt;&lt;i&gt;${'y'.repeat(200)}"`);
    expect(page).not.toContain('<i>');
  });

  it('says so when no scope is asked for', () => {
    const page = render({ scopes: [] });
    expect(page).toContain('It asks for no particular permission.');
    expect(page).not.toContain('<fieldset');
  });

  it('lets another user sign in, by a form of its own with a proof of its own', () => {
    const form = /<form class="signed-in"[\s\S]*?<\/form>/.exec(render())?.[0] ?? '';
    expect(form).toContain('method="post" action="/interaction/switch-user"');
    expect(form).toContain('name="transaction" value="sample-transaction"');
    expect(form).toContain('name="csrf_token" value="sample-switch-token"');
    expect(form).toContain('Signed in as <strong><bdi>alice</bdi></strong>');
    expect(form).toContain('>Switch user</button>');
  });

  it('CB-04 warns that any program could be behind a loopback redirect, and only then', () => {
    expect(render()).toContain(LOOPBACK_WARNING);
    expect(render({ client: webClient })).not.toContain(LOOPBACK_WARNING);
  });

  it('notes that a client registered itself, and only then', () => {
    expect(render()).toContain(SELF_REGISTERED_WARNING);
    expect(render({ client: { ...loopbackClient, selfRegistered: false } })).not.toContain(SELF_REGISTERED_WARNING);
  });

  it('CB-04 shows the redirect host in the largest text, whole however long it is', () => {
    const labels = Array.from({ length: 4 }, () => 'a'.repeat(60)).join('.');
    const host = `accounts.google.com.${labels.slice(0, 210)}.evil.example:8443`;
    expect(render()).toContain('<p class="destination-place"><bdi class="place" dir="ltr">127.0.0.1:53682</bdi></p>');
    expect(render({ client: { ...webClient, goesTo: { kind: 'https', host } } })).toContain(
      `<p class="destination-place long"><bdi class="place" dir="ltr">${host}</bdi></p>`,
    );
  });

  it('shows the scheme where a redirect has no host', () => {
    const page = render({ client: schemeClient });
    expect(page).toContain('whichever app on this device opens');
    expect(page).toContain('<bdi class="place" dir="ltr">cursor:</bdi>');
  });

  it('CB-04 names the host that describes a client, when its id is an https URL', () => {
    expect(render({ client: webClient })).toMatch(/described at <strong><bdi[^>]*>weather\.example<\/bdi>/);
    expect(render()).not.toContain('described at');
  });

  it('CB-04 quotes the name as a claim, and says when there is none', () => {
    expect(render({ client: { ...loopbackClient, name: 'Google' } })).toContain(
      '<h1><q class="name"><bdi>Google</bdi></q> asks for access</h1>',
    );
    expect(render({ client: { ...loopbackClient, name: '\u200B\u202E' } })).toContain('An application without a name');
  });

  it('tells what was allowed before, asks only for the rest, and sends back what it told', () => {
    const page = renderConsentPage(stepUp, { stylesheetPath: STYLESHEET_PATH });
    expect(page).toContain('<legend>New: it would also be able to</legend>');
    expect(page.match(/type="checkbox"/g)).toHaveLength(1);
    expect(page).toContain('<h2>You have allowed before</h2>');
    for (const { name, description } of stepUp.allowedScopes) {
      expect(page).toContain(`<li class="in-words">${description}\n<input type="hidden" name="kept" value="${name}">`);
      expect(page).not.toContain(`name="scope" value="${name}"`);
    }
    expect(page).toContain('value="approve">Approve</button>');
  });

  it('asks no more than whether to go on when nothing is new', () => {
    const page = render({ scopes: [], allowedScopes: consent.scopes });
    expect(page).toContain('asks for access again</h1>');
    expect(page).not.toMatch(/<fieldset|type="checkbox"/);
    expect(page.match(/name="kept"/g)).toHaveLength(consent.scopes.length);
    expect(page).toContain('name="decision" value="approve">Continue</button>');
    expect(page).toContain('\nContinue only if you started this yourself, just now.');
    expect(page).toContain('aria-label="Before you continue"');
    expect(page).not.toMatch(/Approve only|Before you approve/);
    expect(page).toContain('name="decision" value="deny">Deny</button>');
  });

  it('CB-04 posts the name of an allowed scope exactly, however it is shown', () => {
    const name = `x"><i>${'y'.repeat(200)}`;
    const page = render({ allowedScopes: [{ name, description: '<b>bold</b>' }] });
    expect(page).toContain(`name="kept" value="x&quot;&gt;&lt;i&gt;${'y'.repeat(200)}"`);
    expect(page).not.toMatch(/<i>|<b>/);
  });

  it('CI-08 warns that the description of the application changed, and only then', () => {
    const warning = 'The application describes itself differently since you last approved it.';
    expect(render({ descriptionChanged: true })).toContain(warning);
    expect(render()).not.toContain(warning);
  });

  it('CI-08 tells in that warning what changed, where it is known', () => {
    const notice = /<ul class="notice warn"[\s\S]*?<\/ul>/.exec(render({ ...changedClient }))?.[0];
    expect(notice).toContain('<dt>Its name</dt>');
    expect(render({ descriptionChanged: true })).not.toContain('<dl class="changes">');
  });

  it('tells what approving with nothing ticked does', () => {
    expect(render()).toContain('Approving with nothing ticked counts as Deny.');
    expect(renderConsentPage(stepUp, { stylesheetPath: STYLESHEET_PATH })).toContain(
      'With nothing ticked, it keeps what you have allowed before.',
    );
  });

  it('tells below a scope what it contains that was allowed before', () => {
    const [read, execute] = consent.scopes;
    if (read === undefined || execute === undefined) throw new Error('The sample has no scopes');
    const all = { name: 'mcp:tools', description: 'use its tools', allowedBefore: [read, execute] };
    expect(render({ scopes: [all] })).toContain(`Allowed before: ${read.description}; ${execute.description}`);
    expect(render()).not.toContain('Allowed before');
  });

  it('has a long name and the redirect URI whole in the technical details', () => {
    const fullName = `Assistant ${'x'.repeat(300)} <i>end`;
    const redirectUri = `https://app.example/${'y'.repeat(400)}`;
    const page = render({ client: { ...webClient, name: `${fullName.slice(0, 60)}…`, fullName, redirectUri } });
    const [shown = '', folded = ''] = page.split('<details');
    expect(folded).toContain(`${'x'.repeat(300)} &lt;i&gt;end`);
    expect(folded).toContain(redirectUri);
    expect(shown).not.toContain('x'.repeat(64));
    expect(render()).not.toContain('Name, as it gave it');
  });

  it('does not cut what the operator named', () => {
    const resourceName = `The files of ${'d'.repeat(66)}.`;
    expect(render({ resourceName })).toContain(`<strong>${resourceName}</strong>`);
  });
});
