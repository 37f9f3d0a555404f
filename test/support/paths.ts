import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The root of the repository. */
export const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

/** The program, as npm links it. It runs the build, so the build has to be there. */
export const PROGRAM = join(ROOT, 'apps/portcullis/bin/portcullis.js');

/** The official example server, an independent peer. */
export const SERVER_EVERYTHING = join(ROOT, 'node_modules/@modelcontextprotocol/server-everything/dist/index.js');

/** Our example server on SDK v2, the one that speaks 2026-07-28. */
export const NOTES_SERVER = join(ROOT, 'examples/notes-server/server.mjs');

/** Our example of the authorization server as a library. It runs the build. */
export const EXAMPLE_AUTHORIZATION_SERVER = join(ROOT, 'examples/authorization-server/server.mjs');

/**
 * Chromium as Debian installs it, or where CHROMIUM_PATH points. The one without windows goes first: it is the same engine
 * and network, and needs a quarter of the processor time for a page.
 *
 * @throws when there is none
 */
export function chromiumPath(): string {
  const installed = ['chromium-headless-shell', 'chromium', 'google-chrome'].map((name) => `/usr/bin/${name}`);
  const found = [process.env['CHROMIUM_PATH'], ...installed].find((path) => path !== undefined && existsSync(path));
  if (found === undefined) {
    throw new Error('These tests need Chromium: apt-get install chromium-headless-shell, or set CHROMIUM_PATH');
  }
  return found;
}
