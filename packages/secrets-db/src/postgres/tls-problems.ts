import type { PostgresProblem } from "./problem.ts";

/** Problems before a login: TLS between this process and the server. The codes are those of Node and of OpenSSL. */
export const tlsProblems: readonly PostgresProblem[] = [
  {
    codes: [
      "DEPTH_ZERO_SELF_SIGNED_CERT",
      "SELF_SIGNED_CERT_IN_CHAIN",
      "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
      "UNABLE_TO_GET_ISSUER_CERT",
      "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
      "CERT_SIGNATURE_FAILURE",
      "CERT_UNTRUSTED",
      "CERT_REJECTED",
      "INVALID_CA",
      "INVALID_PURPOSE",
    ],
    code: "INVALID_CONFIGURATION",
    reason: "CERTIFICATE_UNTRUSTED",
    remedy:
      "has a certificate that is self-signed or from an authority that this process does not trust. Add `sslrootcert=/path/to/authority.pem` to the query of ARCHESTRA_DATABASE_URL, with the certificate of the authority",
  },
  {
    codes: ["ERR_TLS_CERT_ALTNAME_INVALID"],
    code: "INVALID_CONFIGURATION",
    reason: "CERTIFICATE_NAME_MISMATCH",
    remedy:
      "has a certificate for another host name. Use a name of the certificate as the host in ARCHESTRA_DATABASE_URL, or, where the authority is your own, `sslmode=verify-ca` with `sslrootcert`, which does not compare the name",
  },
  {
    codes: ["CERT_HAS_EXPIRED", "CERT_NOT_YET_VALID"],
    code: "INVALID_CONFIGURATION",
    reason: "CERTIFICATE_EXPIRED",
    remedy:
      "has a certificate that has expired or is not valid yet. Renew it on the server, and compare the clocks of both machines",
  },
  {
    codes: [
      "ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED",
      "ERR_SSL_TLSV1_ALERT_UNKNOWN_CA",
      "ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE",
      "ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED",
      "ERR_SSL_SSL/TLS_ALERT_BAD_CERTIFICATE",
      "ERR_SSL_SSL/TLS_ALERT_CERTIFICATE_EXPIRED",
    ],
    code: "UNAUTHENTICATED",
    reason: "CLIENT_CERTIFICATE_REFUSED",
    remedy:
      "refuses the certificate of this client, or demands one. Add `sslcert=…` and `sslkey=…` to the query of ARCHESTRA_DATABASE_URL, the paths of a certificate that the server trusts and of its private key",
  },
  {
    codes: ["28"],
    text: /valid client certificate|certificate authentication failed/,
    code: "UNAUTHENTICATED",
    reason: "CLIENT_CERTIFICATE_REFUSED",
    remedy:
      "refuses the certificate of this client, or demands one. Add `sslcert=…` and `sslkey=…` to the query of ARCHESTRA_DATABASE_URL, the paths of a certificate that the server trusts for this user and of its private key",
  },
  {
    text: /^The server does not support SSL connections$/,
    code: "INVALID_CONFIGURATION",
    reason: "TLS_NOT_SUPPORTED",
    remedy:
      "does not offer TLS. Turn it on at the server (`ssl = on`), or, where the network protects the connection, set `sslmode=disable` in the query of ARCHESTRA_DATABASE_URL",
  },
  {
    text: /^There was an error establishing an SSL connection$/,
    code: "UNAVAILABLE",
    reason: "TLS_NOT_ANSWERED",
    remedy:
      "did not answer the request for TLS. It may have too many connections, or the port may belong to another program: check the server's log, and the port in ARCHESTRA_DATABASE_URL",
  },
  {
    codes: ["28"],
    text: /pg_hba\.conf.*(no encryption|SSL off)/s,
    code: "INVALID_CONFIGURATION",
    reason: "TLS_REQUIRED",
    remedy:
      "refuses this user from this address without TLS. Add `?sslmode=verify-full` to ARCHESTRA_DATABASE_URL, with `sslrootcert=…` for an authority of your own; if the server demands no TLS, let its administrator add the user and the address to pg_hba.conf",
  },
  {
    codes: ["08P01"],
    text: /^SSL required$/,
    code: "INVALID_CONFIGURATION",
    reason: "TLS_REQUIRED",
    remedy:
      "is behind a PgBouncer that demands TLS. Add `?sslmode=verify-full` to ARCHESTRA_DATABASE_URL, with `sslrootcert=…` for an authority of your own",
  },
];
