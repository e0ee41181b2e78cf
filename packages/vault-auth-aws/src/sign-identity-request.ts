import { Sha256 } from "@aws-crypto/sha256-js";
import { SignatureV4 } from "@smithy/signature-v4";
import type { AwsCredentials } from "./aws-credentials.ts";

const BODY = "Action=GetCallerIdentity&Version=2011-06-15";

/** The parts of the request. */
export interface IdentityRequest {
  readonly credentials: AwsCredentials;
  readonly region: string;
  readonly endpoint: URL;
  /** Absent: the header is not sent. */
  readonly serverId?: string | undefined;
}

/**
 * Signs the request GetCallerIdentity, which Vault forwards to STS. Format: the fields of a login in Vault's documentation of
 * the AWS auth method. Each login has its own signature, which is valid for fifteen minutes.
 */
export async function signIdentityRequest({
  credentials,
  region,
  endpoint,
  serverId,
}: IdentityRequest): Promise<Readonly<Record<string, string>>> {
  const signer = new SignatureV4({ service: "sts", region, credentials, sha256: Sha256 });
  const signed = await signer.sign({
    method: "POST",
    protocol: endpoint.protocol,
    hostname: endpoint.hostname,
    path: "/",
    // No `Accept`: Vault reads the answer as XML.
    headers: {
      host: endpoint.host,
      "content-type": "application/x-www-form-urlencoded; charset=utf-8",
      ...(serverId === undefined ? {} : { "x-vault-aws-iam-server-id": serverId }),
    },
    body: BODY,
  });
  return {
    iam_http_request_method: "POST",
    iam_request_url: base64(`${endpoint.origin}/`),
    iam_request_body: base64(BODY),
    iam_request_headers: base64(JSON.stringify(signed.headers)),
  };
}

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}
