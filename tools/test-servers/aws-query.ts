import { Sha256 } from "@aws-crypto/sha256-js";
import { SignatureV4 } from "@smithy/signature-v4";

/** What signs requests to AWS. */
export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Absent: they are a user's, and not a session's. */
  readonly sessionToken?: string;
}

export interface AwsQuery {
  /** Where it is to be sent: its host is signed. */
  readonly address: string;
  readonly service: "iam" | "sts";
  /** @default "us-east-1" */
  readonly region?: string;
  readonly credentials: AwsCredentials;
  /** Such as `{ Action: "GetCallerIdentity", Version: "2011-06-15" }`. */
  readonly parameters: Readonly<Record<string, string>>;
  /** More headers, which are signed too. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** A request of AWS' query protocol: a POST to `/`. */
export interface SignedQuery {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Signs a query with Signature Version 4, as the SDKs do. */
export async function signQuery(query: AwsQuery): Promise<SignedQuery> {
  const { address, service, region = "us-east-1", credentials, parameters, headers } = query;
  const { host, hostname, protocol } = new URL(address);
  const body = new URLSearchParams(parameters).toString();
  const signer = new SignatureV4({ service, region, credentials, sha256: Sha256 });
  const signed = await signer.sign({
    method: "POST",
    protocol,
    hostname,
    path: "/",
    query: {},
    headers: { host, "content-type": "application/x-www-form-urlencoded; charset=utf-8", ...headers },
    body,
  });
  return { headers: signed.headers, body };
}
