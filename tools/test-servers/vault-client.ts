import type { IncomingHttpHeaders } from "node:http";
import { type ServerTrust, sendExactly } from "./exact-request.ts";
import { jsonObject } from "./json-object.ts";

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

/**
 * Requests of the administration carry this header, and a server with an audit log notes it: so `auditedRequests` leaves
 * them out.
 */
export const ADMINISTRATION_HEADER = "x-test-administration";

/** The administration's way to a Vault: each request on a connection of its own, its path sent exactly as given. */
export class VaultClient {
  readonly address: string;
  readonly #rootToken: string;
  readonly #trust: ServerTrust | undefined;

  constructor(address: string, rootToken: string, trust?: ServerTrust) {
    this.address = address;
    this.#rootToken = rootToken;
    this.#trust = trust;
  }

  /** Sends one request and gives its answer, whatever its status. @param path what follows `/v1/` */
  async request(
    method: string,
    path: string,
    body?: unknown,
    options: VaultRequestOptions = {},
  ): Promise<VaultAnswer> {
    const { token = this.#rootToken, namespace, headers } = options;
    const answer = await sendExactly(this.address, {
      method,
      path: `/v1/${path}`,
      headers: {
        [ADMINISTRATION_HEADER]: "1",
        "x-vault-request": "true",
        ...(token === null ? {} : { "x-vault-token": token }),
        ...(namespace === undefined ? {} : { "x-vault-namespace": namespace }),
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      content: body === undefined ? undefined : JSON.stringify(body),
      trust: this.#trust,
    });
    return { ...answer, body: jsonObject(answer.text) };
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
