const certificateCodes =
  /^(CERT_|ERR_TLS_CERT|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_(GET_ISSUER|VERIFY)|ERR_SSL_|ERR_OSSL)/;

const AUTHORITY =
  "its certificate was not issued by a trusted authority. Set ARCHESTRA_HASHICORP_VAULT_CACERT to the private CA";
const NO_TLS =
  "the server does not speak TLS there, or not a version or cipher that Node knows. Correct ARCHESTRA_HASHICORP_VAULT_ADDR";

/** The causes of the codes of Node and OpenSSL that have only one. */
const meanings: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED:
    "the certificate of the server, or of its authority, has expired. Renew it, and compare the clocks of both machines",
  CERT_NOT_YET_VALID:
    "the certificate of the server, or of its authority, is not valid yet. Compare the clocks of both machines",
  CERT_REVOKED: "the certificate of the server was revoked. Issue another one",
  ERR_TLS_CERT_ALTNAME_INVALID:
    "its certificate is for another name than the host of the address. Use a name of the certificate in ARCHESTRA_HASHICORP_VAULT_ADDR, or set ARCHESTRA_HASHICORP_VAULT_TLS_SERVER_NAME to one",
  DEPTH_ZERO_SELF_SIGNED_CERT: AUTHORITY,
  SELF_SIGNED_CERT_IN_CHAIN: AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT: AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: AUTHORITY,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: AUTHORITY,
  ERR_SSL_WRONG_VERSION_NUMBER: NO_TLS,
  ERR_SSL_PACKET_LENGTH_TOO_LONG: NO_TLS,
};

const OTHERWISE =
  "the handshake was refused. Set ARCHESTRA_HASHICORP_VAULT_CACERT to the private CA, ARCHESTRA_HASHICORP_VAULT_TLS_SERVER_NAME to the name in the certificate, and a client certificate where Vault requires one";

/** The problem of a TLS connection, and the remedy. Undefined: the code belongs to another failure. */
export function tlsProblem(code: string): string | undefined {
  return certificateCodes.test(code) ? (meanings[code] ?? OTHERWISE) : undefined;
}
