import type { JsonValue } from '@portcullis/protocol';
import { parseUnverifiedJwt } from '@portcullis/protocol';

/** Longer than a registration request may be, whose size the endpoint bounds. */
const MAX_STATEMENT_LENGTH = 16 * 1024;

/** Why a software statement is refused. */
export type SoftwareStatementFailure = 'software_statement_malformed' | 'software_statement_of_stranger';

/**
 * Judges the `software_statement` of a registration request (RFC 7591 §2.3). No issuer of such statements is known here,
 * so none is ever accepted; ignoring one would register a client without the values it was vouched for. Malformed is what
 * is no JWT that is signed and names its issuer; the signature itself is not verified, since there is no key to do it
 * with. Undefined where there is no statement.
 */
export function findSoftwareStatementProblem(body: JsonValue): SoftwareStatementFailure | undefined {
  const isThere = typeof body === 'object' && body !== null && 'software_statement' in body;
  const statement = isThere ? body.software_statement : undefined;
  if (statement === null || statement === undefined || statement === '') return undefined;
  const jwt = typeof statement === 'string' ? parseUnverifiedJwt(statement, MAX_STATEMENT_LENGTH) : undefined;
  if (jwt === undefined || !jwt.isSigned) return 'software_statement_malformed';
  const { alg } = jwt.header;
  const { iss } = jwt.claims;
  const hasAlgorithm = typeof alg === 'string' && alg !== '' && alg.toLowerCase() !== 'none';
  return hasAlgorithm && typeof iss === 'string' && iss !== ''
    ? 'software_statement_of_stranger'
    : 'software_statement_malformed';
}
