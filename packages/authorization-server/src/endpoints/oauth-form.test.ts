import { FORM_MEDIA_TYPE } from '@portcullis/protocol';
import { expect, it } from 'vitest';
import { readOauthForm } from './oauth-form.js';

/** A form, at an address as its host read it. */
const read = (search: string) =>
  readOauthForm({
    method: 'POST',
    pathname: '/token',
    search,
    body: new TextEncoder().encode('grant_type=x'),
    header: (name) => (name === 'content-type' ? FORM_MEDIA_TYPE : null),
  });

it('takes an empty query for no parameter', () => {
  for (const search of ['', '?']) expect(read(search).ok).toBe(true);
});

it('AZ-14 reads nothing from an address, and refuses what has a parameter there', () => {
  for (const search of ['?grant_type=x', '?a', '?=', '?&']) {
    expect(read(search)).toEqual({ ok: false, failure: 'parameters_in_query' });
  }
});
