import { fail, isMediaType, type Result, succeed } from '@portcullis/protocol';

/** Largest body of any OAuth request. */
export const MAX_BODY_BYTES = 16 * 1024;

/** What a refusal of a body with a content coding says beside: which codings are taken (RFC 9110 §12.5.3). */
export const TAKEN_CODINGS = { 'accept-encoding': 'identity' } as const;

/** Why a body was not read. */
export type BodyFailure = 'wrong_media_type' | 'body_encoded' | 'body_too_large' | 'body_malformed';

/** Why a host hands on no body: it is larger than the host reads, or did not come in its time. */
export type UnreadBody = 'body_too_large' | 'body_too_slow';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** A header of a request by its name in lower case, or null. */
type ReadHeader = (name: string) => string | null;

/** The text of a body of exactly `mediaType`, UTF-8, at most 16 KiB, without a content coding. */
export function decodeBody(header: ReadHeader, bytes: Uint8Array, mediaType: string): Result<string, BodyFailure> {
  const refused = checkKind(header, mediaType);
  if (refused !== undefined) return fail(refused);
  if (bytes.length > MAX_BODY_BYTES) return fail('body_too_large');
  try {
    return succeed(utf8.decode(bytes));
  } catch {
    return fail('body_malformed');
  }
}

/** Reads a body as {@link decodeBody} does; it stops reading when there is more, and reads none of another kind. */
export async function readBody({ headers, body }: Request, mediaType: string): Promise<Result<string, BodyFailure>> {
  const header: ReadHeader = (name) => headers.get(name);
  const refused = checkKind(header, mediaType);
  return refused === undefined ? decodeBody(header, await readBytes(body), mediaType) : fail(refused);
}

/**
 * A content coding is refused and not undone (RFC 9110 §15.5.16): what a small body becomes by it has no bound, and whatever
 * stands before the server would read another one than it does. An empty list of codings is none (§8.4).
 */
function checkKind(header: ReadHeader, mediaType: string): BodyFailure | undefined {
  if (!isMediaType(header('content-type'), mediaType)) return 'wrong_media_type';
  const coding = header('content-encoding');
  return coding === null || /^(?:identity)?$/i.test(coding) ? undefined : 'body_encoded';
}

/** The bytes of a body; of one that is too large, no more than it takes to see that. */
export async function readBytes(body: ReadableStream<Uint8Array> | null): Promise<Uint8Array> {
  const bytes = new Uint8Array(MAX_BODY_BYTES + 1);
  let length = 0;
  if (body === null) return bytes.subarray(0, 0);
  const reader = body.getReader();
  for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
    const fitting = chunk.value.subarray(0, bytes.length - length);
    bytes.set(fitting, length);
    length += fitting.length;
    if (length > MAX_BODY_BYTES) {
      await reader.cancel();
      break;
    }
  }
  return bytes.subarray(0, length);
}
