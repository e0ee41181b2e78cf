import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

/** Where a job requests its token. */
export interface JobTokenEndpoint {
  /** For ACTIONS_ID_TOKEN_REQUEST_URL. */
  readonly url: string;
  /** For ACTIONS_ID_TOKEN_REQUEST_TOKEN. */
  readonly bearerToken: string;
}

/**
 * Starts an endpoint on loopback that stands for the one of GitHub Actions, which exists only in GitHub's jobs. It answers
 * requests as GitHub documents them, and refuses others. It stops when the test has finished.
 */
export async function startJobTokenEndpoint(issue: (audience: string) => string): Promise<JobTokenEndpoint> {
  const bearerToken = "of-this-job";
  const server = createServer(({ method, url = "", headers }, response) => {
    const { pathname, searchParams } = new URL(url, "http://127.0.0.1");
    const audience = searchParams.get("audience");
    const isRequest = method === "GET" && pathname === "/token" && searchParams.get("api-version") === "2.0";
    if (!isRequest || audience === null) return response.writeHead(400).end();
    if (headers.authorization !== `Bearer ${bearerToken}`) return response.writeHead(401).end();
    response.setHeader("content-type", "application/json").end(JSON.stringify({ value: issue(audience) }));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/token?api-version=2.0`, bearerToken };
}
