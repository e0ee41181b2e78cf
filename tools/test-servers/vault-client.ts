import { type IncomingHttpHeaders, request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";

/** What a Vault answers. */
export interface VaultBody {
  readonly data?: Readonly<Record<string, unknown>> | null;
  readonly auth?: Readonly<Record<string, unknown>> | null;
  readonly errors?: readonly string[];
  readonly warnings?: readonly string[] | null;
  readonly [field: string]: unknown;
}

export interface VaultAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Empty when the answer is empty or not JSON. */
  readonly body: VaultBody;
  readonly text: string;
}

export interface VaultRequestOptions {
  /** @default the root token; null: none */
  readonly token?: string | null | undefined;
  readonly namespace?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** How a server is reached over TLS. */
export interface VaultTrust {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
  /** The name in the server's certificate. Absent: the address. */
  readonly servername?: string;
}

/**
 * Requests of the administration carry this header, and a server with an audit log notes it: so `auditedRequests` leaves
 * them out.
 */
export const ADMINISTRATION_HEADER = "x-test-administration";

/** A server that does not answer within this time is given up. */
const SILENCE_MILLISECONDS = 30_000;

/** The administration's way to a Vault: each request on a connection of its own, its path sent exactly as given. */
export class VaultClient {
  readonly address: string;
  readonly #rootToken: string;
  readonly #trust: VaultTrust | undefined;

  constructor(address: string, rootToken: string, trust?: VaultTrust) {
    this.address = address;
    this.#rootToken = rootToken;
    this.#trust = trust;
  }

  /** Sends one request and gives its answer, whatever its status. @param path what follows `/v1/` */
  request(
    method: string,
    path: string,
    body?: unknown,
    options: VaultRequestOptions = {},
  ): Promise<VaultAnswer> {
    const { token = this.#rootToken, namespace, headers } = options;
    const { hostname, port, protocol } = new URL(this.address);
    const content = body === undefined ? undefined : JSON.stringify(body);
    const send = protocol === "https:" ? requestHttps : requestHttp;
    return new Promise((resolve, reject) => {
      const sent = send(
        {
          hostname,
          port,
          method,
          path: `/v1/${path}`,
          agent: false,
          timeout: SILENCE_MILLISECONDS,
          headers: {
            [ADMINISTRATION_HEADER]: "1",
            "x-vault-request": "true",
            ...(token === null ? {} : { "x-vault-token": token }),
            ...(namespace === undefined ? {} : { "x-vault-namespace": namespace }),
            ...(content === undefined
              ? {}
              : { "content-type": "application/json", "content-length": Buffer.byteLength(content) }),
            ...headers,
          },
          ...this.#trust,
        },
        async (response) => {
          try {
            let text = "";
            for await (const chunk of response.setEncoding("utf8")) text += chunk;
            const { statusCode: status = 0, headers: received } = response;
            resolve({ status, headers: received, body: parse(text), text });
          } catch (error) {
            reject(error);
          }
        },
      );
      sent.on("timeout", () => sent.destroy(new Error(`${method} ${path} had no answer.`)));
      sent.on("error", reject);
      sent.end(content);
    });
  }

  /** Like `request`, for what has to succeed. @throws Error with Vault's own words when the status is not 200 or 204 */
  async demand(
    method: string,
    path: string,
    body?: unknown,
    options?: VaultRequestOptions,
  ): Promise<VaultBody> {
    const answer = await this.request(method, path, body, options);
    if (answer.status === 200 || answer.status === 204) return answer.body;
    throw new Error(`${method} ${path} answered ${answer.status}: ${answer.text.trim()}`);
  }
}

function parse(text: string): VaultBody {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as VaultBody) : {};
  } catch {
    return {};
  }
}
