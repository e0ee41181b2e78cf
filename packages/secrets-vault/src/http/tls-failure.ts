const certificateCodes =
  /^(CERT_|ERR_TLS_CERT|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_(GET_ISSUER|VERIFY)|ERR_SSL_|ERR_OSSL)/;

const AUTHORITY =
  "its certificate is not from an authority that is trusted. Give the private CA by ARCHESTRA_HASHICORP_VAULT_CACERT";
const NO_TLS =
  "the server does not speak TLS there, or not a version or cipher that Node knows. Correct ARCHESTRA_HASHICORP_VAULT_ADDR";

/** What the codes of Node and OpenSSL mean that have one cause. */
const meanings: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED:
    "the certificate of the server, or of its authority, has expired. Renew it, and compare the clocks of both machines",
  CERT_NOT_YET_VALID:
    "the certificate of the server, or of its authority, is not valid yet. Compare the clocks of both machines",
  CERT_REVOKED: "the certificate of the server was revoked. Issue another one",
  ERR_TLS_CERT_ALTNAME_INVALID:
    "its certificate is for another name than the host of the address. Use a name of the certificate in ARCHESTRA_HASHICORP_VAULT_ADDR, or give it by ARCHESTRA_HASHICORP_VAULT_TLS_SERVER_NAME",
  DEPTH_ZERO_SELF_SIGNED_CERT: AUTHORITY,
  SELF_SIGNED_CERT_IN_CHAIN: AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT: AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: AUTHORITY,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: AUTHORITY,
  ERR_SSL_WRONG_VERSION_NUMBER: NO_TLS,
  ERR_SSL_PACKET_LENGTH_TOO_LONG: NO_TLS,
};

const OTHERWISE =
  "the handshake was refused. Give the private CA by ARCHESTRA_HASHICORP_VAULT_CACERT, the name in the certificate by ARCHESTRA_HASHICORP_VAULT_TLS_SERVER_NAME, and a client certificate where Vault asks for one";

/** What failed in a TLS connection, and what to do. Undefined: the code is of another failure. */
export function tlsProblem(code: string): string | undefined {
  return certificateCodes.test(code) ? (meanings[code] ?? OTHERWISE) : undefined;
}
