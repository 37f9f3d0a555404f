const TRUST =
  'name the file with the certificate of whoever signed it as sslrootcert=/path/to/ca.pem in the URL, beside sslmode=verify-full';
const NOT_TRUSTED = `its certificate is signed by nobody that is trusted here: ${TRUST}`;

/** Why a certificate of the server is not taken, and what to do, by the code of the error of TLS (Node.js, "X509 certificate error
 * codes", after `X509_verify_cert_error_string` of OpenSSL). Every sslmode but `disable` and `no-verify` looks at it. */
export const CERTIFICATE_REASONS: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: `its certificate is signed by itself alone, and not trusted here: ${TRUST}`,
  SELF_SIGNED_CERT_IN_CHAIN: NOT_TRUSTED,
  UNABLE_TO_GET_ISSUER_CERT: NOT_TRUSTED,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: NOT_TRUSTED,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: NOT_TRUSTED,
  CERT_UNTRUSTED: NOT_TRUSTED,
  CERT_SIGNATURE_FAILURE: `its certificate is not signed by whom it names: ${TRUST}`,
  ERR_TLS_CERT_ALTNAME_INVALID:
    'its certificate is for another host: say the host in the URL as the certificate has it, or give the server one for this host',
  CERT_HAS_EXPIRED: 'its certificate has expired: give the server a new one',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet: set the clock right, here or where it was made',
  CERT_REVOKED: 'its certificate was revoked: give the server a new one',
};
