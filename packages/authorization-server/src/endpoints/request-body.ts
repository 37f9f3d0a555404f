import { fail, isMediaType, type Result, succeed } from '@portcullis/protocol';

/** Largest body of any OAuth request. */
export const MAX_BODY_BYTES = 16 * 1024;

/** Why a body was not read. */
export type BodyFailure = 'wrong_media_type' | 'body_too_large' | 'body_malformed';

/** Why a host hands on no body: it is larger than the host reads, or did not come in its time. */
export type UnreadBody = 'body_too_large' | 'body_too_slow';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The text of a body of exactly `mediaType`, UTF-8, at most 16 KiB. */
export function decodeBody(
  contentType: string | null,
  bytes: Uint8Array,
  mediaType: string,
): Result<string, BodyFailure> {
  if (!isMediaType(contentType, mediaType)) return fail('wrong_media_type');
  if (bytes.length > MAX_BODY_BYTES) return fail('body_too_large');
  try {
    return succeed(utf8.decode(bytes));
  } catch {
    return fail('body_malformed');
  }
}

/** Reads a body as {@link decodeBody} does; it stops reading when there is more. */
export async function readBody(request: Request, mediaType: string): Promise<Result<string, BodyFailure>> {
  return decodeBody(request.headers.get('content-type'), await readBytes(request.body), mediaType);
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
