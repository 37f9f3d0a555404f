import { describe, expect, it } from 'vitest';
import { FORM_MEDIA_TYPE, isJsonMediaType, isMediaType } from './media-type.js';

describe('isMediaType', () => {
  it.each([
    'application/x-www-form-urlencoded',
    'Application/X-WWW-Form-Urlencoded',
    'application/x-www-form-urlencoded;charset=utf-8',
    'application/x-www-form-urlencoded; charset=UTF-8',
    'application/x-www-form-urlencoded; charset="utf-8"',
  ])('accepts %s', (contentType) => {
    expect(isMediaType(contentType, FORM_MEDIA_TYPE)).toBe(true);
  });

  it.each([
    null,
    '',
    'application/json',
    'text/plain',
    'multipart/form-data; boundary=x',
    'application/x-www-form-urlencoded;charset=utf-16',
    'application/x-www-form-urlencoded\t;x',
    'application/x-www-form-urlencoded; x=y',
    'application/x-www-form-urlencoded, application/json',
  ])('AZ-14 refuses %j', (contentType) => {
    expect(isMediaType(contentType, FORM_MEDIA_TYPE)).toBe(false);
  });
});

describe('isJsonMediaType', () => {
  it.each([
    'application/json',
    'application/json; charset=utf-8',
    'application/client-metadata+json',
    'APPLICATION/LD+JSON',
  ])('accepts %s', (contentType) => {
    expect(isJsonMediaType(contentType)).toBe(true);
  });

  it.each([
    null,
    '',
    'text/html',
    'text/json',
    'application/jsonp',
    'application/+json',
    'application/json; charset=utf-16',
  ])('CI-04 refuses %j', (contentType) => {
    expect(isJsonMediaType(contentType)).toBe(false);
  });
});
