import { connect, type Socket } from "node:net";
import { plantedText } from "@archestra/test-harness/planted-values";
import { describeVault } from "@archestra/test-servers/vault-tests";
import { Agent } from "undici";
import { expect, onTestFinished, test } from "vitest";
import { failure } from "../support/failure.ts";
import { changeOf, faultyVault, proxiedEnv } from "../support/faulty-vault.ts";
import { tokenEnv } from "../support/open-vault.ts";
import { openVaultThrough } from "../support/open-vault-through.ts";

const value = { token: plantedText() };

/** Errors of a connection that is in use, whose codes are those of attempts to connect, or of TLS. */
const errorsInUse = [
  { code: "EHOSTUNREACH", syscall: "read" },
  { code: "ENETUNREACH", syscall: "read" },
  { code: "ECONNREFUSED", syscall: "read" },
  { code: "EHOSTUNREACH", syscall: "write" },
  { code: "ERR_SSL_SSL/TLS_ALERT_BAD_RECORD_MAC", syscall: undefined },
] as const;

/** Connections whose sockets a test can break with an error of its choice. */
class BreakableConnections {
  readonly agent: Agent;
  readonly #open = new Set<Socket>();

  constructor() {
    this.agent = new Agent({
      connect: ({ hostname, port }, settle) => {
        const socket = connect(Number(port), hostname);
        this.#open.add(socket);
        socket.once("connect", () => settle(null, socket));
        socket.once("error", (error) => settle(error, null));
        socket.once("close", () => this.#open.delete(socket));
      },
    });
    onTestFinished(() => this.agent.destroy());
  }

  breakAll({ code, syscall }: { readonly code: string; readonly syscall: string | undefined }): void {
    const error = Object.assign(new Error(`${syscall ?? "TLS"} ${code}`), { code, syscall });
    for (const socket of this.#open) socket.destroy(error);
  }
}

describeVault("a change that Vault made before the connection failed", () => {
  for (const kv of [1, 2] as const) {
    test.for(errorsInUse)(
      `create() on KV ${kv} counts as sent when the connection in use fails with $syscall $code`,
      async (error) => {
        const { proxy, server, store } = await faultyVault({ kv });
        const connections = new BreakableConnections();
        const manager = await openVaultThrough(
          connections.agent,
          proxiedEnv(proxy, {
            ARCHESTRA_HASHICORP_VAULT_KV_VERSION: String(kv),
            ...tokenEnv(server.rootToken),
          }),
          { timeout: 5_000 },
        );
        proxy.cutAt(changeOf.write, "held");
        const held = proxy.nextCut();
        const call = failure(manager.create("a", value));
        await held;
        connections.breakAll(error);
        expect((await call).code).toBe("OUTCOME_UNKNOWN");
        expect(await store.value("a")).toEqual(value);
      },
    );
  }
});
