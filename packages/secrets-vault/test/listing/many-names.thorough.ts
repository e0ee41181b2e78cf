import { describeVault, vaultOfTest } from "@archestra/test-servers/vault-tests";
import { expect, test } from "vitest";
import { openVault, tokenEnv, vaultEnv } from "../support/open-vault.ts";

const NAMES = 2_000;

describeVault("2,000 names", () => {
  test.each([1, 2] as const)(
    "in folders of many depths are listed, paged and counted on KV %i",
    async (kv) => {
      const server = await vaultOfTest();
      await server.mountKv("secret", kv);
      const env = { ARCHESTRA_HASHICORP_VAULT_KV_VERSION: String(kv), ...tokenEnv(server.rootToken) };
      const manager = await openVault(vaultEnv(server.address, env));
      const names = Array.from({ length: NAMES }, (_, index) => {
        const depth = index % 12;
        return [
          ...Array.from({ length: depth }, (_, level) => `f${(index * (level + 7)) % 3}`),
          `n${index}`,
        ].join("/");
      });
      const waiting = names.values();
      const createNext = async () => {
        for (const name of waiting) await manager.create(name, { name });
      };
      await Promise.all(Array.from({ length: 32 }, createNext));

      const sorted = names.toSorted((one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other)));
      const listed = await Array.fromAsync(manager.list());
      expect(listed.map(({ name }) => name)).toEqual(sorted);
      const paged: string[] = [];
      for (;;) {
        const after = paged.at(-1);
        const page = await Array.fromAsync(
          manager.list({ limit: 333, ...(after === undefined ? {} : { after }) }),
          ({ name }) => name,
        );
        if (page.length === 0) break;
        paged.push(...page);
      }
      expect(paged).toEqual(sorted);
      expect(await manager.check({ count: true })).toMatchObject({ count: NAMES, unlistedCount: 0 });
      if (kv === 1) return;
      for (const { name, version } of listed.slice(0, 5))
        expect(version).toBe((await manager.get(name))?.version);
    },
  );
});
