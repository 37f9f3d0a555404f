import type { User } from '@portcullis/ports';
import { fail, type Result, succeed } from '@portcullis/protocol';
import type { Core } from '../core.js';

/**
 * The user behind an authorization, as long as they may have access: `user_gone` once they were removed or disabled.
 * Every path that mints for a user asks; a refresh is told with its grant (`FoundRefreshToken.userGone`). What ends a user also ends their grants, in one transaction; so this is the
 * second lock on that door, and the one that names the reason.
 */
export async function checkSubject(core: Core, subject: string): Promise<Result<User, 'user_gone'>> {
  const user = await core.ports.storage.users.findBySubject(core.settings.tenantId, subject);
  return user === undefined || user.disabled ? fail('user_gone') : succeed(user);
}
