import { vaultOfTest } from "@archestra/test-servers/vault-tests";
import { expect } from "vitest";
import { failure } from "./failure.ts";
import { issuedAccessors, loginsOf } from "./logins.ts";
import { appRoleEnv, openVault, prepareAppRole, vaultEnv } from "./open-vault.ts";
import { until } from "./until.ts";

/** A manager whose role can be removed, with its token. */
export async function openRemovable(options: Parameters<typeof openVault>[1] = {}) {
  const server = await vaultOfTest({ audit: true });
  const role = await prepareAppRole(server);
  const before = await server.accessors();
  const manager = await openVault(vaultEnv(server.address, appRoleEnv(role)), options);
  await manager.create("a", { token: "1" });
  const remove = async () => {
    await server.deleteAppRole();
    for (const accessor of await issuedAccessors(server, before)) await server.revokeAccessor(accessor);
  };
  const restore = async () => {
    await server.createAppRole({ policies: ["application"] });
    const path = "auth/approle/role/application";
    await server.request("POST", `${path}/role-id`, { role_id: role.roleId });
    await server.request("POST", `${path}/custom-secret-id`, { secret_id: role.secretId });
  };
  return { server, manager, remove, restore };
}

/** Lets so many logins fail while callers come without a pause, and then one succeed. */
export async function refuseLogins(count: number): Promise<void> {
  const { server, manager, remove, restore } = await openRemovable();
  await remove();
  const startedAt = performance.now();
  const logins = async () => (await loginsOf(server)).length;
  await until(
    `${count} logins were refused`,
    async () => {
      const calls = Array.from({ length: 20 }, () => failure(manager.get("a")));
      for (const error of await Promise.all(calls)) expect(error.code).toBe("UNAUTHENTICATED");
      return (await logins()) >= count + 1;
    },
    60_000,
  );
  // The waits in between are 1, 2, 4 and 8 s, less up to a half.
  expect(performance.now() - startedAt).toBeGreaterThan(500 * (2 ** (count - 1) - 1));
  const refused = await logins();
  await restore();
  const read = () =>
    manager.get("a").then(
      () => true,
      () => false,
    );
  await until("a login serves", read, 60_000);
  expect(await logins()).toBe(refused + 1);
}
