/** The keys of a public JWK Set (RFC 7517 §5), a line for each: `EC P-256, kid 2026-11, alg ES256`. What is no JWK Set has
 * none. Texts come as they are: whoever prints them cleans them. */
export function describeJwkSet(jwks: unknown): readonly string[] {
  const keys = isRecord(jwks) ? jwks['keys'] : undefined;
  return Array.isArray(keys) ? keys.filter(isRecord).map(describeJwk) : [];
}

function describeJwk(jwk: Readonly<Record<string, unknown>>): string {
  const { kty, crv, kid, alg, n } = jwk;
  const size = typeof crv === 'string' ? crv : typeof n === 'string' ? `${bitsOf(n)} bits` : '';
  return [
    `${String(kty)} ${size}`.trimEnd(),
    ...(typeof kid === 'string' ? [`kid ${kid}`] : []),
    ...(typeof alg === 'string' ? [`alg ${alg}`] : []),
  ].join(', ');
}

/** Of a modulus in base64url (RFC 7518 §6.3.1.1). */
function bitsOf(modulus: string): number {
  return Buffer.from(modulus, 'base64url').length * 8;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
