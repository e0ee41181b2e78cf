import type { CallEvent, LoginEvent, RenewalEvent } from "@archestra/secrets-core";
import { recordEnds } from "@archestra/test-harness/recorded-events";
import { startStubVault } from "@archestra/test-servers/stub-vault";
import { describeVault, vaultOfTest } from "@archestra/test-servers/vault-tests";
import { describe, expect, onTestFinished, test } from "vitest";
import { failure } from "../support/failure.ts";
import { appRoleEnv, openVault, prepareAppRole, tokenEnv, vaultEnv } from "../support/open-vault.ts";
import { until } from "../support/until.ts";

const duration = expect.any(Number);

describeVault("logins", () => {
  test("are published once for all calls that wait for them", async () => {
    const server = await vaultOfTest();
    const role = await prepareAppRole(server);
    const logins = recordEnds<LoginEvent>("login");
    const manager = await openVault(vaultEnv(server.address, appRoleEnv(role)));
    await Promise.all(["a", "b", "c"].map((name) => manager.get(name)));

    expect(logins.events).toEqual([{ manager: "VAULT", isBackground: false, outcome: "success", duration }]);
  });

  test("that replace a token before it expires are published as work in the background", async () => {
    const server = await vaultOfTest();
    const role = await prepareAppRole(server, { tokenTtl: "4s" });
    const logins = recordEnds<LoginEvent>("login");
    const manager = await openVault(vaultEnv(server.address, appRoleEnv(role)));
    const find = () => logins.events.find(({ isBackground }) => isBackground);
    await until("a login in the background", async () => {
      // Where the process was suspended until the token expired, the call logs in itself.
      await manager.get("a");
      return find() !== undefined;
    });

    expect(find()).toMatchObject({ manager: "VAULT", outcome: "success" });
  });

  test("that fail are published with their code and reason, without the credential", async () => {
    const server = await vaultOfTest();
    const role = { ...(await prepareAppRole(server)), secretId: "planted-secret-id" };
    const logins = recordEnds<LoginEvent>("login");
    const error = await failure(openVault(vaultEnv(server.address, appRoleEnv(role))));

    expect(logins.events[0]).toMatchObject({
      outcome: error.code,
      reason: error.reason,
      retryable: error.retryable,
    });
    expect(JSON.stringify(logins.events)).not.toContain("planted-secret-id");
  });
});

describe("on a scripted Vault", () => {
  async function stubWithSecret() {
    const stub = await startStubVault();
    onTestFinished(() => stub.stop());
    stub.script("GET", "/v1/sys/internal/ui/mounts/secret/data/archestra", {
      status: 200,
      body: { data: { path: "secret/", type: "kv", options: { version: "2" } } },
    });
    stub.script("POST", "/v1/sys/capabilities-self", { status: 200, body: { data: {} } });
    return stub;
  }

  test("a renewal of the token is published with the new time to live", async () => {
    const stub = await stubWithSecret();
    const data = { ttl: 0, expire_time: "2026-01-01T00:00:00Z", renewable: true, type: "service" };
    stub.script("GET", "/v1/auth/token/lookup-self", { status: 200, body: { data } });
    stub.script("POST", "/v1/auth/token/renew-self", {
      status: 200,
      body: { auth: { client_token: "hvs.1", lease_duration: 3_600, renewable: true } },
    });
    const renewals = recordEnds<RenewalEvent>("renewal");
    await openVault(vaultEnv(stub.address, tokenEnv("hvs.1")));

    expect(await renewals.first()).toEqual({
      manager: "VAULT",
      ttl: 3_600,
      outcome: "success",
      duration,
    });
  });

  test("requests that are repeated count as attempts of the call", async () => {
    const stub = await stubWithSecret();
    const data = { ttl: 3_600, expire_time: null, renewable: false, type: "service" };
    stub.script("GET", "/v1/auth/token/lookup-self", { status: 200, body: { data } });
    const metadata = { version: 1, created_time: "2026-01-01T00:00:00Z" };
    const found = { status: 200, body: { data: { data: { token: "1" }, metadata } } };
    const failed = { status: 503, body: "<html>Maintenance</html>" };
    stub.script("GET", "/v1/secret/data/archestra/a", failed, failed, found);
    const manager = await openVault(vaultEnv(stub.address, tokenEnv("hvs.1")));
    const calls = recordEnds<CallEvent>("operation");
    await manager.get("a");
    await manager.get("a");

    expect(calls.events.map(({ attempts, owner }) => [attempts, owner])).toEqual([
      [3, "VAULT"],
      [1, "VAULT"],
    ]);
  });
});
