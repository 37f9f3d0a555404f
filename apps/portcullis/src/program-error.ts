/**
 * How the program ends: 0 went well, 1 failed, 2 was asked wrongly (arguments or configuration). `doctor` has three more
 * for what it found: 3 a provider that needs the bridge, 4 one that fits with a sample token that does not, 5 one that fits
 * with a sample token that nothing could verify.
 */
export const EXIT_CODE = { ok: 0, failed: 1, usage: 2, bridge: 3, tokenRefused: 4, tokenUnverified: 5 } as const;

/** One of {@link EXIT_CODE}. */
export type ExitCode = (typeof EXIT_CODE)[keyof typeof EXIT_CODE];

/**
 * A failure in words meant for the person at the terminal: what happened and what to do, without a stack. The message
 * never holds a secret. Anything else that is thrown is a fault of ours.
 */
export class ProgramError extends Error {
  override readonly name = 'ProgramError';

  constructor(
    message: string,
    readonly exitCode: ExitCode = EXIT_CODE.failed,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** A failure of how the program was called or configured (exit code 2). */
export function usageError(message: string): ProgramError {
  return new ProgramError(message, EXIT_CODE.usage);
}

/** The `code` of a Node system error such as `ENOENT`, or undefined for anything else. */
export function systemErrorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

const UNREADABLE: Readonly<Record<string, string>> = {
  ENOENT: 'it does not exist',
  ENOTDIR: 'it does not exist',
  ELOOP: 'its symbolic links lead in a circle',
  EISDIR: 'it is a directory',
  EACCES: 'this user may not read it',
  EPERM: 'this user may not read it',
};

/** Why a file could not be read, in words. */
export function whyUnreadable(error: unknown): string {
  const code = systemErrorCode(error);
  return UNREADABLE[code ?? ''] ?? code ?? 'unknown error';
}
