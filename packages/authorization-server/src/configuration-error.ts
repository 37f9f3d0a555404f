/** A setting that the authorization server cannot work with. The message names the setting and what it may be. */
export class ConfigurationError extends Error {
  override readonly name: string = 'ConfigurationError';
}
