/** No access token can be signed now, and perhaps in a moment. Nothing was consumed by then. */
export class SigningUnavailableError extends Error {
  override readonly name = 'SigningUnavailableError';
  /** What kind of error the key service met. Its message stays behind: it may quote what nobody should read. */
  readonly code: string;

  constructor(code: string) {
    super('No access token can be signed now');
    this.code = code;
  }
}
