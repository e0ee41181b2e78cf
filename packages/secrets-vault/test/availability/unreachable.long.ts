import { plantedText } from "@archestra/test-harness/planted-values";
import { describeVault, vaultOfTest } from "@archestra/test-servers/vault-tests";
import { describe, expect, test } from "vitest";
import { failure } from "../support/failure.ts";
import { openVault, tokenEnv, vaultEnv } from "../support/open-vault.ts";
import { recordedLogger } from "../support/recorded-logger.ts";
import { managersWithoutVault } from "../support/unreachable-vault.ts";

const DEFAULT_TIMEOUT = 30_000;

describe("a Vault that cannot be reached", () => {
  test("is reported as such within the default deadline, and not as a call that took too long", async () => {
    const managers = await managersWithoutVault(DEFAULT_TIMEOUT);
    const all = managers.flatMap(({ manager, reason }) =>
      [manager.get("a"), manager.create("a", { token: plantedText() }), manager.delete("a")].map(
        async (call) => {
          const error = await failure(call);
          expect([error.code, error.reason, error.retryable]).toEqual(["UNAVAILABLE", reason, true]);
        },
      ),
    );
    await Promise.all(all);
  });
});

describeVault("a Vault that asks for a client certificate when none is set", () => {
  test("is reported as a broken connection, with the settings to correct", async () => {
    const server = await vaultOfTest({ tls: { requireClientCertificate: true } });
    const env = { ARCHESTRA_HASHICORP_VAULT_CACERT: server.tls?.authority, ...tokenEnv(server.rootToken) };
    // With TLS 1.3 this shows only after the client has begun to send, as a connection that breaks.
    const manager = await openVault(vaultEnv(server.address, env), { logger: recordedLogger() });
    const error = await failure(manager.create("a", { token: plantedText() }));
    expect([error.code, error.reason]).toEqual(["UNAVAILABLE", "CONNECTION_LOST"]);
    expect(error.message).toContain("ARCHESTRA_HASHICORP_VAULT_CLIENT_CERT");
  });
});
