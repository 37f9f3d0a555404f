import { base64Url, type Signer } from '@portcullis/ports';
import { base64UrlOfText } from '@portcullis/protocol';

const utf8 = new TextEncoder();

/** A JWT in compact serialisation (RFC 7515 §7.1, RFC 7519 §7.1). Says what it is given and signs it; checks nothing. */
export async function signJwt(
  header: Readonly<Record<string, unknown>>,
  claims: Readonly<Record<string, unknown>>,
  signer: Signer,
): Promise<string> {
  const encode = (part: object): string => base64UrlOfText(JSON.stringify(part));
  const input = `${encode(header)}.${encode(claims)}`;
  return `${input}.${base64Url(await signer.sign(utf8.encode(input)))}`;
}
