import { describeVault, vaultOfTest } from "@archestra/test-servers/vault-tests";
import { expect, test } from "vitest";
import { openVault, tokenEnv, vaultEnv } from "../support/open-vault.ts";

const FOLDERS = 30;

describeVault.each([1, 2] as const)("one level of secrets on KV %i", (kv) => {
  test("is listed with one request, however many folders are beside it and in it", async () => {
    const server = await vaultOfTest({ audit: true });
    await server.mountKv("secret", kv);
    const env = { ARCHESTRA_HASHICORP_VAULT_KV_VERSION: String(kv), ...tokenEnv(server.rootToken) };
    const manager = await openVault(vaultEnv(server.address, env));
    const folders = Array.from(
      { length: FOLDERS },
      (_, index) => `folder-${String(index).padStart(2, "0")}/`,
    );
    const writes = folders.flatMap((folder) => [`${folder}a`, `team/${folder}b`]);
    for (const name of [...writes, "team/x", "team/y"]) await manager.create(name, { name });

    const listed = async (prefix: string) => {
      const before = (await server.auditedRequests()).length;
      const entries = await Array.fromAsync(manager.list({ prefix, folders: true, onlyNames: true }));
      const requests = (await server.auditedRequests()).slice(before);
      expect(requests.map(({ operation }) => operation)).toEqual(["list"]);
      return entries;
    };
    const team = folders.map((folder) => ({ name: `team/${folder}`, isFolder: true }));
    const secrets = ["team/x", "team/y"].map((name) => ({ name, manager: "VAULT" }));
    expect(await listed("team/")).toEqual([...team, ...secrets]);
    expect((await listed("")).map(({ name }) => name)).toEqual([...folders, "team/"]);

    const [first] = await Array.fromAsync(
      manager.list({ prefix: "team/", folders: true, after: "team/folder-29/" }),
    );
    expect(first?.name).toBe("team/x");
    if (kv === 2) expect(first).toMatchObject({ version: (await manager.get("team/x"))?.version });
  });
});
