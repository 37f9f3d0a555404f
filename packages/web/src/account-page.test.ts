import type { AccountPage, ConnectedClient } from '@portcullis/ports';
import { describe, expect, it } from 'vitest';
import { renderAccountPage } from './account-page.js';
import { STYLESHEET_PATH } from './stylesheet.js';
import { account } from './testing/samples.js';
import { withoutParts } from './testing/without-parts.js';

function render(change: Partial<AccountPage> = {}): string {
  return renderAccountPage({ ...account, ...change }, { stylesheetPath: STYLESHEET_PATH });
}

const one = (change: Partial<ConnectedClient>): string => {
  const [client] = account.clients;
  return client === undefined ? '' : render({ clients: [{ ...client, ...change }] });
};

describe('the account page', () => {
  it('says who is signed in, and lets them sign out', () => {
    const form = /<form class="signed-in"[\s\S]*?<\/form>/.exec(render())?.[0] ?? '';
    expect(form).toContain('method="post" action="/account/sign-out"');
    expect(form).toContain('name="csrf_token" value="sample-account-token"');
    expect(form).not.toContain('name="transaction"');
    expect(form).toContain('Signed in as <strong><bdi>alice</bdi></strong>');
    expect(form).toContain('>Sign out</button>');
  });

  it('disconnects each client by a form of its own, whose button says which', () => {
    const page = render();
    const forms = page.match(/<form method="post" action="\/account\/disconnect">[\s\S]*?<\/form>/g) ?? [];
    expect(forms).toHaveLength(account.clients.length);
    for (const [index, { clientId, name }] of account.clients.entries()) {
      expect(forms[index]).toContain(`<input type="hidden" name="client_id" value="${clientId}">`);
      expect(forms[index]).toContain('name="csrf_token" value="sample-account-token"');
      expect(forms[index]).toContain(`aria-label="Disconnect ${name}">Disconnect</button>`);
    }
  });

  it('CB-04 sends a client id back exactly, however it is shown', () => {
    const clientId = `x"><i>${'y'.repeat(200)}\u202e`;
    const page = one({ clientId });
    expect(page).toContain(`name="client_id" value="x&quot;&gt;&lt;i&gt;${'y'.repeat(200)}\u202e"`);
    expect(page).not.toContain('<i>');
  });

  it('says in words what a client may do, where, since when, and when it last did', () => {
    const page = render();
    expect(page).toContain('<h3>Everything server</h3>');
    expect(page).toContain('<li class="in-words">run the server’s tools</li>');
    expect(page).toMatch(
      /Connected on <time[^>]*>15 October 2026<\/time>, last used <time[^>]*>5 minutes ago<\/time>\./,
    );
    expect(page).toMatch(/Approved on <time[^>]*>26 August 2026<\/time>; it holds no access now\./);
  });

  it('CI-08 says what a client says otherwise of itself than when it was approved', () => {
    const told = withoutParts(render());
    expect(told.match(/It describes itself otherwise now than when you approved it:/g)).toHaveLength(1);
    expect(told).toContain('<dt>Its name</dt><dd><span>was</span> <span><q class="name"><bdi>Weather Watch</bdi></q>');
  });

  it('names a scope without words by its name', () => {
    expect(render()).toContain('<li><code>old:read</code></li>');
  });

  it.each([
    ['operator', 'c', 'Added by whoever runs this server.'],
    ['self_registered', 'c', 'It registered itself; nobody has vouched for it.'],
    [
      'document',
      'https://weather.example/client.json',
      'Described at <strong><bdi class="place" dir="ltr">weather.example</bdi>',
    ],
    ['document', 'c', 'It describes itself.'],
    ['gone', 'c', 'It is not known here any more, and cannot act.'],
  ] as const)('CB-04 says who vouches for a client: %s, %s', (vouching, clientId, words) => {
    expect(withoutParts(one({ vouching, clientId }))).toContain(words);
  });

  it('CB-04 quotes the name a client gave itself, and no name of one that is gone', () => {
    expect(one({ name: 'Google' })).toContain('<h2><q class="name"><bdi>Google</bdi></q></h2>');
    expect(one({ name: '\u200b' })).toContain('aria-label="Disconnect An application without a name"');
    expect(one({ vouching: 'gone', clientId: 'c-1' })).toContain('<h2><bdi class="place" dir="ltr">c-1</bdi></h2>');
  });

  it.each([
    ['disconnected', 'ends within a second or two'],
    ['nothing_to_disconnect', 'was not connected any more'],
  ] as const)('announces what was done: %s', (notice, words) => {
    expect(render({ notice })).toMatch(new RegExp(`<p class="notice good" role="status">[\\s\\S]*${words}`));
    expect(render()).not.toContain('role="status"');
  });

  it('says so when nothing is connected', () => {
    const page = render({ clients: [] });
    expect(page).toContain('Nothing is connected.');
    expect(page).not.toContain('/account/disconnect');
  });

  it('names the application that was disconnected as a quotation, or says that it is one', () => {
    expect(render({ notice: 'disconnected', noticeClientName: 'Weather <b>' })).toContain(
      'Disconnected <q class="name"><bdi>Weather &lt;b&gt;</bdi></q>.',
    );
    expect(render({ notice: 'disconnected' })).toContain('Disconnected the application.');
  });

  it('folds the scopes of a resource where there are many, and says how many', () => {
    expect(render()).not.toContain('<summary>It may do');
    const scopes = Array.from({ length: 25 }, (_, index) => ({ name: `s${index}`, description: `do thing ${index}` }));
    const [client] = account.clients;
    const [resource] = client?.resources ?? [];
    if (client === undefined || resource === undefined) throw new Error('The sample has no client');
    const page = render({ clients: [{ ...client, resources: [{ ...resource, scopes }] }] });
    expect(page).toContain('<details><summary>It may do 25 things</summary>');
  });
});
