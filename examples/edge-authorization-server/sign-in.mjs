import { base64Url } from '@portcullis/ports';
import { createExpiringMap } from './expiring-map.mjs';
import { platform } from './platform.mjs';
import { renderSignInPage } from './sign-in-page.mjs';

const SESSION = 'session';
const LOGIN = 'login';
const LOGIN_SECONDS = 600;
const SESSION_SECONDS = 12 * 60 * 60;
/** Logins under way, and sessions. */
const MOST = 10_000;

/** Attempts, whether they are right or wrong. By name, since a guesser has many networks; by network, since one has many names. */
const BY_NAME = { name: 'sign_in_name', points: 5, windowSeconds: 60 };
const BY_NETWORK = { name: 'sign_in_network', points: 30, windowSeconds: 60 };

/**
 * A login of the host's own, in place of the server's: one person with a password. It stands for whatever a site has already;
 * the server sees three functions of it.
 *
 * A login belongs to the browser that began it, by a cookie, so that nobody can sign another browser in (RFC 9700 §4.7).
 * Sessions and logins are in this isolate, where the oldest go when there are too many: a real host keeps them in its store.
 */
export function createSignIn({ issuer, person, rateLimiter }) {
  const sessions = createExpiringMap(platform.clock, { seconds: SESSION_SECONDS, most: MOST });
  const logins = createExpiringMap(platform.clock, { seconds: LOGIN_SECONDS, most: MOST });
  const isSecure = issuer.startsWith('https:');
  // The prefix keeps other hosts of the domain from setting it; browsers take it over https alone.
  const named = (name) => (isSecure ? `__Host-${name}` : name);
  const cookie = (name, value, seconds) =>
    `${named(name)}=${value}; Path=/; HttpOnly; SameSite=Lax; Max-Age=${seconds}${isSecure ? '; Secure' : ''}`;
  const fresh = () => base64Url(platform.random.bytes(32));

  return {
    /** What the authorization server is given. */
    service: {
      find: async (request) => sessions.get(readCookie(request, named(SESSION))),
      async begin(_request, { returnPath }) {
        const id = fresh();
        logins.set(id, { returnPath });
        const headers = { location: '/login', 'set-cookie': cookie(LOGIN, id, LOGIN_SECONDS) };
        return new Response(null, { status: 303, headers });
      },
      async end(request) {
        sessions.delete(readCookie(request, named(SESSION)));
        return [cookie(SESSION, '', 0)];
      },
    },
    /** The page with the form, for a browser that an application led here; any other has nothing to sign in to. */
    page(request) {
      return logins.get(readCookie(request, named(LOGIN))) === undefined ? ended() : renderSignInPage();
    },
    /** Takes what was typed. @param fields - `username` and `password` @param network - of the client, as limits count it */
    async accept(request, fields, network) {
      const id = readCookie(request, named(LOGIN));
      const login = logins.get(id);
      const isOwn = request.headers.get('origin') === new URL(issuer).origin;
      if (!isOwn || login === undefined) {
        return ended();
      }
      const limits = [
        await rateLimiter.consume(BY_NETWORK, network),
        await rateLimiter.consume(BY_NAME, platform.hash(fields.username)),
      ];
      // Before the password is looked at: a guess beyond the limit learns nothing.
      if (limits.some(({ allowed }) => !allowed)) {
        return refuse(429, 'Too many attempts. Try again in a minute.', fields);
      }
      const isRight = same(fields.username, person.username) & same(fields.password, person.password);
      if (!isRight) return refuse(401, 'Name or password is wrong.', fields);
      logins.delete(id);
      const session = fresh();
      const { subject, username } = person;
      sessions.set(session, { subject, username, authenticatedAtEpochSeconds: platform.clock.nowEpochSeconds() });
      const headers = new Headers({ location: login.returnPath });
      headers.append('set-cookie', cookie(LOGIN, '', 0));
      // Both end at the same time: a cookie that was kept longer would lead to no session.
      headers.append('set-cookie', cookie(SESSION, session, SESSION_SECONDS));
      return new Response(null, { status: 303, headers });
    },
  };
}

function refuse(status, problem, { username }) {
  return renderSignInPage({ status, problem, username });
}

function ended() {
  const problem =
    'No sign-in is under way in this browser, or it has ended. Go back to the application and begin again.';
  return renderSignInPage({ status: 400, problem, asksAgain: false });
}

/** Takes as long for every text: of both sides the hashes are compared, which nobody can choose. */
function same(typed, expected) {
  const [a, b] = [platform.hash(typed), platform.hash(expected)];
  let difference = 0;
  for (let index = 0; index < a.length; index += 1) difference |= a.charCodeAt(index) ^ b.charCodeAt(index);
  return difference === 0;
}

function readCookie(request, name) {
  const pairs = (request.headers.get('cookie') ?? '').split('; ').map((pair) => pair.split('='));
  return pairs.find(([key]) => key === name)?.[1];
}
