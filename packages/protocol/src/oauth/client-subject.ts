/** What the subject of a client begins with. A colon is no character of base64url, of which users' subjects are made. */
const CLIENT_SUBJECT_PREFIX = 'client:';

/** The `sub` of a client that acts in its own name: never that of a user, whatever the client is called (RFC 9700 §4.15). */
export function clientSubject(clientId: string): string {
  return CLIENT_SUBJECT_PREFIX + clientId;
}

/** Whether a subject is one of a client. No user may act under it, however it came into the store. */
export function isClientSubject(subject: string): boolean {
  return subject.startsWith(CLIENT_SUBJECT_PREFIX);
}

/** The client that a subject stands for; undefined for that of a user. */
export function clientOfSubject(subject: string): string | undefined {
  return isClientSubject(subject) ? subject.slice(CLIENT_SUBJECT_PREFIX.length) : undefined;
}
