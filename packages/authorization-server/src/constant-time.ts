/**
 * Whether two texts are equal, in a time that depends on their lengths alone. For hashes and tokens of our own, whose
 * length is no secret.
 */
export function equalsInConstantTime(left: string, right: string): boolean {
  let difference = left.length ^ right.length;
  for (let index = 0; index < left.length; index += 1) {
    difference |= left.charCodeAt(index) ^ (right.charCodeAt(index) | 0);
  }
  return difference === 0;
}
