import { homedir } from 'node:os';
import { posix, win32 } from 'node:path';
import { OAuthClientError } from '../oauth-client-error.js';

/** What the place of the store depends on. */
export interface DirectorySurroundings {
  /** @defaultValue those of the process */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** @defaultValue that of the process */
  readonly platform?: NodeJS.Platform;
  /** The home of the user. @defaultValue that of who runs the process */
  readonly home?: string;
}

/**
 * Where the records of a user are kept: `$PORTCULLIS_HOME`; else `~/Library/Application Support/portcullis` on macOS,
 * `%LOCALAPPDATA%\\portcullis` on Windows, `$XDG_DATA_HOME/portcullis` or `~/.local/share/portcullis` elsewhere.
 *
 * @throws {OAuthClientError} `configuration_invalid` where `PORTCULLIS_HOME` is no absolute path
 */
export function defaultStoreDirectory(surroundings: DirectorySurroundings = {}): string {
  const { environment = process.env, platform = process.platform, home = homedir() } = surroundings;
  const { join, isAbsolute } = platform === 'win32' ? win32 : posix;
  const chosen = environment['PORTCULLIS_HOME'];
  if (chosen !== undefined && chosen !== '') {
    if (isAbsolute(chosen)) return chosen;
    throw new OAuthClientError('configuration_invalid', 'PORTCULLIS_HOME is no absolute path. Write it from the root.');
  }
  if (platform === 'darwin') return join(home, 'Library', 'Application Support', 'portcullis');
  const [named, usual] =
    platform === 'win32'
      ? [environment['LOCALAPPDATA'], join(home, 'AppData', 'Local')]
      : [environment['XDG_DATA_HOME'], join(home, '.local', 'share')];
  // A relative one is no place (XDG Base Directory Specification): each program would mean another.
  return join(named !== undefined && isAbsolute(named) ? named : usual, 'portcullis');
}
