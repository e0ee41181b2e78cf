import { type IncomingHttpHeaders, request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";

/** How a server is reached over TLS; all in PEM. */
export interface ServerTrust {
  readonly ca: string;
  readonly cert?: string;
  readonly key?: string;
  /** The name in the server's certificate. Absent: the address. */
  readonly servername?: string;
}

export interface ExactRequest {
  readonly method: string;
  /** Sent exactly as given. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly content?: string | undefined;
  readonly trust?: ServerTrust | undefined;
}

export interface ExactAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** A server that does not answer within this time is given up. */
const SILENCE_MILLISECONDS = 30_000;

/** Sends one request, on a connection of its own, and gives its answer, whatever its status. @param address of the server */
export function sendExactly(address: string, exact: ExactRequest): Promise<ExactAnswer> {
  const { method, path, headers, content, trust } = exact;
  const { hostname, port, protocol } = new URL(address);
  const send = protocol === "https:" ? requestHttps : requestHttp;
  return new Promise((resolve, reject) => {
    const sent = send(
      {
        hostname,
        port,
        method,
        path,
        agent: false,
        timeout: SILENCE_MILLISECONDS,
        headers: {
          ...headers,
          ...(content === undefined ? {} : { "content-length": Buffer.byteLength(content) }),
        },
        ...trust,
      },
      async (response) => {
        try {
          let text = "";
          for await (const chunk of response.setEncoding("utf8")) text += chunk;
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text });
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
