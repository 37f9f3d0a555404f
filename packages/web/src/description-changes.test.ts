import type { DescriptionChange } from '@portcullis/ports';
import { describe, expect, it } from 'vitest';
import { descriptionChanges } from './description-changes.js';
import * as samples from './testing/samples.js';
import { withoutParts } from './testing/without-parts.js';

const markup = (...changes: DescriptionChange[]): string => withoutParts(descriptionChanges(changes)?.toString() ?? '');
/** As it is read, a line for each term and each row. */
const lines = (...changes: DescriptionChange[]): string[] =>
  markup(...changes)
    .replaceAll(/<\/d[td]>/g, '\n')
    .replaceAll(/<[^>]*>/g, '')
    .trim()
    .split('\n');
const redirects = (gone: string[], added: string[]) => ({ member: 'redirects', gone, added }) as const;

describe('CI-08 what an application says otherwise', () => {
  it('CI-08 is told with what it was and what it is, and of keys only that they changed', () => {
    expect(lines(...samples.descriptionChanges)).toEqual([
      'Its name',
      'was Weather Desk',
      'is Weather Desk Pro',
      'Where it may have answers sent',
      'no longer https://app.weather.example/old',
      'new https://login.elsewhere.example/cb',
      'new https://app.weather.example/cb',
      'new cursor://app/cb',
      'new and 1 more',
      'Its website',
      'was https://weather.example/',
      'is none',
      'How it proves who it is',
      'was by a key of its own',
      'is not at all',
      'Its keys',
      'changed',
    ]);
    expect(markup()).toBe('');
  });

  it('CI-08 counts addresses beyond three of each kind', () => {
    const many = (host: string) => Array.from({ length: 20 }, (_, index) => `https://${host}/${index}`);
    const told = lines(redirects(many('old.example'), many('new.example')));
    expect(told).toHaveLength(9);
    expect(told.filter((line) => line.endsWith('and 17 more'))).toEqual(['no longer and 17 more', 'new and 17 more']);
  });
});

describe('CB-04 what an application says otherwise', () => {
  it('CB-04 marks the host of an address and never cuts it, and cuts what follows', () => {
    const host = `accounts.google.com.${'x'.repeat(63)}.evil.example:8443`;
    const page = markup(redirects([], [`https://${host}/https://google.com/${'y'.repeat(400)}`]));
    expect(page).toMatch(
      new RegExp(`>https://<strong>${host.replaceAll('.', '\\.')}</strong>/https://google.com/y+…<`),
    );
    expect(page.length).toBeLessThan(500);
  });

  it('CB-04 marks of a private-use address the scheme, whatever looks like a host behind it', () => {
    expect(markup(redirects(['cursor://google.com/cb'], []))).toContain('<strong>cursor:</strong>//google.com/cb');
  });

  it('CB-04 shows more of what would look the same where it is cut, and says so where it looks the same whole', () => {
    const long = `https://app.example/${'y'.repeat(200)}`;
    expect(lines(redirects([`${long}1`], [`${long}2`]))).toEqual([
      'Where it may have answers sent',
      `no longer ${long}1`,
      `new ${long}2`,
    ]);
    expect(lines({ member: 'website', was: `${long}1`, is: `${long}2` })[2]).toBe(`is ${long}2`);
    const name = 'n'.repeat(100);
    expect(lines({ member: 'name', was: `${name}1`, is: `${name}2` })).toEqual([
      'Its name',
      `was …${'n'.repeat(31)}1`,
      `is …${'n'.repeat(31)}2`,
    ]);
    expect(lines({ member: 'name', was: 'Google', is: 'Google' })).toEqual([
      'Its name',
      'looks the same and is not: what differs cannot be seen',
    ]);
  });

  it('CB-04 says beside a name that looks like the other of which scripts its letters are', () => {
    expect(lines({ member: 'name', was: 'Example', is: 'Ex\u0430mple' })).toEqual([
      'Its name',
      'was Example (its letters are Latin)',
      'is Ex\u0430mple (it has letters of several scripts: Latin, Cyrillic)',
    ]);
  });

  it('CB-04 quotes a name as a claim, in its own direction', () => {
    expect(markup({ member: 'name', was: '<b>\u202Egoogle', is: '\u200B' })).toContain(
      '<q class="name"><bdi>&lt;b&gt;google</bdi></q>',
    );
    expect(lines({ member: 'name', was: 'A', is: '\u200B' })[2]).toBe('is An application without a name');
  });
});
