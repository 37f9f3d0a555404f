import type { MetadataLocationForm } from '@portcullis/protocol';

/** What a form is called for a person. */
export const FORM_WORDS: Readonly<Record<MetadataLocationForm, string>> = {
  oauth_inserted: 'RFC 8414',
  openid_inserted: 'OpenID Connect, inserted',
  openid_appended: 'OpenID Connect',
  oauth_appended: 'RFC 8414, appended',
};
