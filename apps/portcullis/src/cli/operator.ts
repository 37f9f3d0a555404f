import { hostname, userInfo } from 'node:os';

/** Who runs this command, as the operating system has it: `alice at admin-host`. With `sudo` that is whom it became. */
export function operatorHere(): string {
  return `${userName()} at ${hostname()}`;
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // A number without a name, as containers are run under.
    return `user ${process.getuid?.() ?? ''}`.trim();
  }
}
