import { expect, it } from 'vitest';
import { configuredClient } from '../testing/fixtures.js';
import { buildClientView } from './client-view.js';

it('CB-04 keeps the host of a client id whole, however long: its end is what counts', () => {
  const clientId = `https://chatgpt.com.${'a'.repeat(60)}.${'b'.repeat(60)}.evil.test/client.json`;
  const client = configuredClient(clientId, { source: 'metadata_document' });
  const uri = 'https://app.test/cb';
  const view = buildClientView(client, uri, { uri, kind: 'https', scheme: 'https', authority: 'app.test' });
  expect(new URL(view.clientId).host.endsWith('.evil.test')).toBe(true);
  // The page says who describes it in place of "registered itself".
  expect(view.selfRegistered).toBe(false);
});
