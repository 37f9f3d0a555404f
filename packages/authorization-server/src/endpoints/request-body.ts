import { fail, isMediaType, type Result, succeed } from '@portcullis/protocol';

/** Largest body of any OAuth request. */
export const MAX_BODY_BYTES = 16 * 1024;

/** Why a body was not read. */
export type BodyFailure = 'wrong_media_type' | 'body_too_large' | 'body_malformed';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Reads a body of exactly `mediaType`, UTF-8, at most 16 KiB; it stops reading when there is more. */
export async function readBody(request: Request, mediaType: string): Promise<Result<string, BodyFailure>> {
  if (!isMediaType(request.headers.get('content-type'), mediaType)) return fail('wrong_media_type');
  const bytes = await readBytes(request.body);
  if (bytes === undefined) return fail('body_too_large');
  try {
    return succeed(utf8.decode(bytes));
  } catch {
    return fail('body_malformed');
  }
}

async function readBytes(body: ReadableStream<Uint8Array> | null): Promise<Uint8Array | undefined> {
  const bytes = new Uint8Array(MAX_BODY_BYTES);
  let length = 0;
  if (body === null) return bytes.subarray(0, 0);
  const reader = body.getReader();
  for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
    if (length + chunk.value.length > MAX_BODY_BYTES) {
      await reader.cancel();
      return undefined;
    }
    bytes.set(chunk.value, length);
    length += chunk.value.length;
  }
  return bytes.subarray(0, length);
}
