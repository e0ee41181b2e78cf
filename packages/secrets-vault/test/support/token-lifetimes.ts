import { setTimeout as sleep } from "node:timers/promises";
import { vaultOfTest } from "@archestra/test-servers/vault-tests";
import { expect } from "vitest";
import { startLoad } from "./load.ts";
import { loginsOf } from "./logins.ts";
import { appRoleEnv, openVault, prepareAppRole, vaultEnv } from "./open-vault.ts";

/** Reads and writes without a pause while tokens of two seconds come and go. Fails with the first call that does. */
export async function loadOnShortTokens(milliseconds: number): Promise<void> {
  const startedAt = performance.now();
  const server = await vaultOfTest({ audit: true });
  const role = await prepareAppRole(server, { tokenTtl: "2s", tokenMaxTtl: "6s" });
  const manager = await openVault(vaultEnv(server.address, appRoleEnv(role)));
  await manager.create("a", { token: "1" });
  const reads = startLoad(() => manager.get("a"), 12);
  const writes = startLoad(() => manager.set("b", { token: "2" }), 4);
  await sleep(milliseconds);
  expect(await reads.stop()).toBeGreaterThan(0);
  expect(await writes.stop()).toBeGreaterThan(0);
  const seconds = (performance.now() - startedAt) / 1_000;
  // One at half of each token's life, give or take what a busy machine adds.
  const logins = await loginsOf(server);
  expect(logins.length).toBeGreaterThan(milliseconds / 1_000 / 2);
  expect(logins.length).toBeLessThan(seconds + 3);
}
