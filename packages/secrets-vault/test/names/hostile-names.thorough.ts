import { isSecretName } from "@archestra/secrets-core/plugin";
import { describeVault, vaultOfTest } from "@archestra/test-servers/vault-tests";
import { expect, test } from "vitest";
import { failure } from "../support/failure.ts";
import { openVault, tokenEnv, vaultEnv } from "../support/open-vault.ts";
import { hostileNames } from "./hostile-names.ts";

const names = hostileNames();
const accepted = names.filter(isSecretName);
const refused = names.filter((name) => !isSecretName(name));

function byBytes(list: readonly string[]): string[] {
  return [...list].sort((one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other)));
}

describeVault("500 hostile and odd names", () => {
  test("are 500, of which many are valid and many are not", () => {
    expect(names).toHaveLength(500);
    expect(accepted.length).toBeGreaterThan(200);
    expect(refused.length).toBeGreaterThan(100);
  });

  test.each([1, 2] as const)(
    "on KV %i: refused ones cause no request, the others round-trip and disturb none",
    async (kv) => {
      const server = await vaultOfTest({ audit: true });
      await server.mountKv("secret", kv);
      const manager = await openVault(
        vaultEnv(server.address, {
          ARCHESTRA_HASHICORP_VAULT_KV_VERSION: String(kv),
          ...tokenEnv(server.rootToken),
        }),
      );

      const atStart = (await server.auditedRequests()).length;
      for (const name of refused) {
        for (const call of [
          () => manager.create(name, { name }),
          () => manager.set(name, { name }),
          () => manager.update(name, { name }),
          () => manager.get(name),
          () => manager.getMany(["a", name]),
          () => manager.has(name),
          () => manager.delete(name),
        ]) {
          expect((await failure(call())).code, JSON.stringify(name)).toBe("INVALID_ARGUMENT");
        }
      }
      expect(await server.auditedRequests()).toHaveLength(atStart);

      await Promise.all(accepted.map((name) => manager.create(name, { name })));
      const read = await manager.getMany(accepted);
      for (const name of accepted) {
        const answer = read.get(name);
        expect(answer?.status === "found" && answer.secret.value, JSON.stringify(name)).toEqual({ name });
      }
      expect(await Array.fromAsync(manager.list(), ({ name }) => name)).toEqual(byBytes(accepted));

      const changed = accepted.filter((_, index) => index % 3 === 0);
      const deleted = accepted.filter((_, index) => index % 3 === 1);
      await Promise.all(changed.map((name) => manager.update(name, { changed: name })));
      expect(await Promise.all(deleted.map((name) => manager.delete(name)))).not.toContain(false);
      const left = await manager.getMany(accepted);
      for (const [index, name] of accepted.entries()) {
        const answer = left.get(name);
        const value = answer?.status === "found" ? answer.secret.value : answer?.status;
        expect(value, JSON.stringify(name)).toEqual([{ changed: name }, "absent", { name }][index % 3]);
      }
      expect(await Array.fromAsync(manager.list(), ({ name }) => name)).toEqual(
        byBytes(accepted.filter((_, index) => index % 3 !== 1)),
      );

      // Vault has seen the paths of these names, and no other.
      const prefixes =
        kv === 1 ? ["secret/archestra"] : ["secret/data/archestra", "secret/metadata/archestra"];
      const known = new Set(accepted.flatMap((name) => prefixes.map((prefix) => `${prefix}/${name}`)));
      const unknown = (await server.auditedRequests())
        .slice(atStart)
        .filter(({ operation, path }) => operation !== "list" && !known.has(path));
      expect(unknown).toEqual([]);

      const { count, unlistedCount } = await manager.check({ count: true });
      expect([count, unlistedCount]).toEqual([accepted.length - deleted.length, 0]);
    },
  );
});
