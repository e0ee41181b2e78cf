import { describeVault, vaultOfTest } from "@archestra/test-servers/vault-tests";
import { expect, test } from "vitest";
import { issuedAccessors, loginsOf } from "../support/logins.ts";
import { appRoleEnv, openVault, prepareAppRole, vaultEnv } from "../support/open-vault.ts";

describeVault("concurrent callers that need a token", () => {
  test("cause one login and no failed call when the token of 1,000 expires", async () => {
    const server = await vaultOfTest({ audit: true });
    const role = await prepareAppRole(server, { tokenTtl: "8s" });
    const manager = await openVault(vaultEnv(server.address, appRoleEnv(role)));
    // The next token lives so long that it is not replaced while the test runs on a busy machine.
    await server.createAppRole({ policies: ["application"], tokenTtl: "1h" });
    await manager.create("a", { token: "1" });
    // The process is suspended, so that no timer replaces the token before the calls come.
    freeze(8_100);
    const before = (await loginsOf(server)).length;
    await expectAllRead(manager, 1_000);
    expect(await loginsOf(server)).toHaveLength(before + 1);
  });

  test("cause one login and no failed call when the token of 1,000 was revoked", async () => {
    const { server, manager, revoke } = await openRevocable();
    await revoke();
    await expectAllRead(manager, 1_000);
    expect(await loginsOf(server)).toHaveLength(2);
  });

  test("cause one login when the token of 100 is revoked between two of their reads", async () => {
    const { server, manager, revoke } = await openRevocable();
    const reads = Array.from({ length: 50 }, () => manager.get("a"));
    const revoked = revoke();
    reads.push(...Array.from({ length: 50 }, () => manager.get("a")));
    await revoked;
    reads.push(manager.get("a"));
    for (const secret of await Promise.all(reads)) expect(secret?.value).toEqual({ token: "1" });
    expect(await loginsOf(server)).toHaveLength(2);
  });
});

async function openRevocable() {
  const server = await vaultOfTest({ audit: true });
  const role = await prepareAppRole(server);
  const before = await server.accessors();
  const manager = await openVault(vaultEnv(server.address, appRoleEnv(role)));
  await manager.create("a", { token: "1" });
  const revoke = async () => {
    for (const accessor of await issuedAccessors(server, before)) await server.revokeAccessor(accessor);
  };
  return { server, manager, revoke };
}

async function expectAllRead(manager: Awaited<ReturnType<typeof openVault>>, count: number): Promise<void> {
  const secrets = await Promise.all(Array.from({ length: count }, () => manager.get("a")));
  expect(secrets.filter((secret) => secret?.value.token === "1")).toHaveLength(count);
}

function freeze(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}
