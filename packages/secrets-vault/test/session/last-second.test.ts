import { startStubVault } from "@archestra/test-servers/stub-vault";
import { expect, onTestFinished, test } from "vitest";
import { openVault, tokenEnv, vaultEnv } from "../support/open-vault.ts";
import { recordedLogger } from "../support/recorded-logger.ts";
import { until } from "../support/until.ts";

/*
 * A stub, since no test can look a token up at a chosen moment: Vault gives whole seconds, and in the last one that a token
 * lives it says 0, as it does of one that lives for ever. The time at which the token expires distinguishes them.
 */
async function openInLastSecond(renewable: boolean) {
  const stub = await startStubVault();
  onTestFinished(() => stub.stop());
  const data = { ttl: 0, expire_time: "2026-01-01T00:00:00Z", renewable, type: "service" };
  stub.script("GET", "/v1/auth/token/lookup-self", { status: 200, body: { data } });
  stub.script("POST", "/v1/auth/token/renew-self", {
    status: 200,
    body: { auth: { client_token: "hvs.1", lease_duration: 3_600, renewable: true } },
  });
  stub.script("GET", "/v1/sys/internal/ui/mounts/secret/data/archestra", {
    status: 200,
    body: { data: { path: "secret/", type: "kv", options: { version: "2" } } },
  });
  stub.script("POST", "/v1/sys/capabilities-self", { status: 200, body: { data: {} } });
  const metadata = { version: 1, created_time: "2026-01-01T00:00:00Z" };
  stub.script("GET", "/v1/secret/data/archestra/a", {
    status: 200,
    body: { data: { data: { token: "1" }, metadata } },
  });
  const logger = recordedLogger();
  const manager = await openVault(vaultEnv(stub.address, tokenEnv("hvs.1")), { logger });
  return { stub, manager, logger };
}

test("a given token in its last second is renewed, and not treated as one without an end", async () => {
  const { stub, manager } = await openInLastSecond(true);
  await until("it was renewed", async () => {
    // Where the process was suspended for that second, the call looks the token up again.
    await manager.get("a");
    return stub.requests.some(({ path }) => path === "/v1/auth/token/renew-self");
  });
});

test("one that cannot be renewed causes the warning that it expires", async () => {
  const { logger } = await openInLastSecond(false);
  expect(logger.warnings.map(({ fields }) => fields.code)).toEqual(["ARCHESTRA_SECRETS_VAULT_TOKEN_EXPIRES"]);
});
