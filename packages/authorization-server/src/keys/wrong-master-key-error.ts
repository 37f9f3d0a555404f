import { ConfigurationError } from '../configuration-error.js';

/**
 * A stored signing key does not open with the key service of this process: its master key is another than the one that
 * sealed the key. The message holds no key. Where the master key came from, only the host knows, and should say.
 */
export class WrongMasterKeyError extends ConfigurationError {
  override readonly name = 'WrongMasterKeyError';

  constructor() {
    super('master key: it does not open the stored signing key; was it replaced?');
  }
}
