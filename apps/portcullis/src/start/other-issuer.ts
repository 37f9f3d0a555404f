/**
 * What an operator is told whose store was last served as another issuer.
 *
 * @param before - as `Storage.noteIssuer` answers it
 * @param issuer - the public URL
 */
export function tellOtherIssuer(before: string, issuer: string): string {
  return (
    `This store was last served as ${before}: tokens and codes from there are not good for ${issuer}, and clients that registered ` +
    'themselves there have to do so here. Where a gate still serves it as the other, give each a store of its own'
  );
}
