/*
 * Only for what a real Vault of ours cannot be brought to answer: a redirect to a foreign host, the 301 of older builds, an
 * HTML page of a load balancer, an empty 404, a 412 of Enterprise, an absurd Retry-After, the 500 of an election, a login
 * that asks for a second factor. Whatever vault-server.ts can show, a test takes from there.
 */
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/** One answer. */
export interface StubAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** An object goes out as JSON, a text as it is. @default an empty body */
  readonly body?: string | object | undefined;
}

/** One request as it came. */
export interface StubRequest {
  /** Such as `POST /v1/secret/data/a HTTP/1.1`, its path exactly as sent. */
  readonly line: string;
  readonly method: string;
  /** With `/v1/`, exactly as sent. */
  readonly path: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: string;
}

const WRAPPING_LOOKUP = "POST /v1/sys/wrapping/lookup";
/** As Vault answers for a token that wraps nothing. */
const NOT_WRAPPING: StubAnswer = {
  status: 400,
  body: { errors: ["wrapping token is not valid or does not exist"] },
};

/**
 * An HTTP server with answers from a script. What is not in the script is answered 599, which no client takes for Vault's, except
 * that no token is a wrapping token.
 */
export class StubVault {
  /** All requests so far, in the order in which they came. */
  readonly requests: StubRequest[] = [];
  /** Its URL. */
  readonly address: string;
  readonly #server: Server;
  readonly #script = new Map<string, StubAnswer[]>([[WRAPPING_LOOKUP, [NOT_WRAPPING]]]);

  /** @param server listens already */
  constructor(server: Server) {
    this.#server = server;
    this.address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on("request", async (request: IncomingMessage, response) => {
      const { status, headers = {}, body = "" } = this.#answer(await this.#record(request));
      const isText = typeof body === "string";
      response.writeHead(status, { ...(isText ? {} : { "content-type": "application/json" }), ...headers });
      response.end(isText ? body : JSON.stringify(body));
    });
  }

  /**
   * Answers these requests, one answer after the other, the last for ever.
   *
   * @param path with `/v1/` and, when there is one, its query
   */
  script(method: string, path: string, ...answers: readonly [StubAnswer, ...StubAnswer[]]): this {
    this.#script.set(`${method} ${path}`, [...answers]);
    return this;
  }

  async stop(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, "close");
  }

  async #record(request: IncomingMessage): Promise<StubRequest> {
    const { method = "", url: path = "", httpVersion, headers } = request;
    let body = "";
    for await (const chunk of request.setEncoding("utf8")) body += chunk;
    const recorded = { line: `${method} ${path} HTTP/${httpVersion}`, method, path, headers, body };
    this.requests.push(recorded);
    return recorded;
  }

  #answer({ method, path }: StubRequest): StubAnswer {
    const answers = this.#script.get(`${method} ${path}`);
    const answer = answers !== undefined && answers.length > 1 ? answers.shift() : answers?.[0];
    return answer ?? { status: 599, body: `The script of the stub has no answer for ${method} ${path}.` };
  }
}

/** Starts a stub on a loopback port that was free. */
export async function startStubVault(): Promise<StubVault> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return new StubVault(server);
}
