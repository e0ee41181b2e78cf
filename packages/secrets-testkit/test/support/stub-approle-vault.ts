import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";

interface Answer {
  readonly status: number;
  readonly body?: object;
}

const TTL = 2;
const refusedToken = {
  status: 403,
  body: { errors: ["2 errors occurred:\n\t* permission denied\n\t* invalid token\n\n"] },
};

/**
 * What a Vault with AppRole and an empty KV engine answers, so far as the suite of authentication methods asks. A stub,
 * so that the suite is tested where there is no Vault; on a real one it is passed by the methods of other packages.
 */
export class StubAppRoleVault {
  secretId: string = randomUUID();
  readonly address: string;
  readonly #server: Server;
  /** When each token ends, as `Date.now()` has it. */
  readonly #tokens = new Map<string, number>();

  /** @param server listens already */
  constructor(server: Server) {
    this.#server = server;
    this.address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on("request", async (request: IncomingMessage, response) => {
      let text = "";
      for await (const chunk of request.setEncoding("utf8")) text += chunk;
      const token = String(request.headers["x-vault-token"]);
      const { status, body } = this.#answer(request.url?.slice("/v1/".length) ?? "", token, text);
      response.writeHead(status, { "content-type": "application/json" });
      response.end(body === undefined ? "" : JSON.stringify(body));
    });
  }

  /** Seconds that a token still lives. Undefined: it is not known. */
  lifeOf(token: string): number | undefined {
    const left = ((this.#tokens.get(token) ?? 0) - Date.now()) / 1_000;
    return left > 0 ? Math.ceil(left) : undefined;
  }

  async stop(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, "close");
  }

  #answer(path: string, token: string, body: string): Answer {
    if (path === "sys/health") return { status: 200, body: { sealed: false } };
    if (path.startsWith("auth/") && path.endsWith("/login")) return this.#logIn(path, body);
    if (this.lifeOf(token) === undefined) return refusedToken;
    if (path === "auth/token/revoke-self") {
      this.#tokens.delete(token);
      return { status: 204 };
    }
    if (path.startsWith("sys/internal/ui/mounts/")) {
      return { status: 200, body: { data: { path: "secret/", type: "kv", options: { version: "2" } } } };
    }
    if (path === "sys/capabilities-self") return { status: 200, body: { data: {} } };
    return { status: 404, body: { errors: [] } };
  }

  #logIn(path: string, body: string): Answer {
    if (path !== "auth/approle/login") return { status: 403, body: { errors: ["permission denied"] } };
    const { role_id: roleId, secret_id: secretId } = JSON.parse(body) as Record<string, unknown>;
    if (roleId !== "application" || secretId !== this.secretId) {
      return { status: 400, body: { errors: ["invalid role or secret ID"] } };
    }
    const token = `hvs.${randomUUID()}`;
    this.#tokens.set(token, Date.now() + TTL * 1_000);
    const auth = {
      client_token: token,
      lease_duration: TTL,
      renewable: true,
      token_type: "service",
      num_uses: 0,
    };
    return { status: 200, body: { auth } };
  }
}

/** Starts a stub on a loopback port that was free. */
export async function startStubAppRoleVault(): Promise<StubAppRoleVault> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return new StubAppRoleVault(server);
}
