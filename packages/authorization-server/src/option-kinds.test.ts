import { expect, it } from 'vitest';
import { ConfigurationError } from './configuration-error.js';
import { startTestServer } from './testing/test-server.js';

it.each([
  [{ rememberConsent: 'yes' }, 'rememberConsent: must be true or false'],
  [{ dynamicRegistration: 0 }, 'dynamicRegistration: must be true or false'],
  [{ registrationManagement: null }, 'registrationManagement: must be true or false'],
  [{ resources: {} }, 'resources: must be a list'],
  [{ allowedRedirectSchemes: 'com.example.app' }, 'allowedRedirectSchemes: must be a list'],
  [{ pushedAuthorizationRequests: true }, 'pushedAuthorizationRequests: must be accepted or required'],
  [{ clientIdMetadataDocuments: true }, 'clientIdMetadataDocuments: must be false or an object'],
  [{ dpop: true }, 'dpop: must be an object'],
  [{ dpop: { requireNonce: 'yes' } }, 'dpop.requireNonce: must be true or false'],
  [{ lifetimes: 60 }, 'lifetimes: must be an object'],
])('F-12 refuses what is not of its kind at construction: %j', async (options, message) => {
  await expect(startTestServer(options as never)).rejects.toThrow(new ConfigurationError(message));
});
