import type { SecretsManager } from "@archestra/secrets-core";
import { openBao } from "@archestra/test-servers/vault-product";
import {
  describeVault,
  productOfTests,
  testOnHashicorpVault,
  vaultOfTest,
} from "@archestra/test-servers/vault-tests";
import { expect, test } from "vitest";
import { failure } from "../support/failure.ts";
import { openVault, tokenEnv, vaultEnv } from "../support/open-vault.ts";

async function openOn(kv: 1 | 2, options: Parameters<typeof vaultOfTest>[0] = {}) {
  const server = await vaultOfTest(options);
  await server.mountKv("secret", kv);
  const env = { ARCHESTRA_HASHICORP_VAULT_KV_VERSION: String(kv), ...tokenEnv(server.rootToken) };
  return { server, manager: await openVault(vaultEnv(server.address, env)) };
}

function callsOn(manager: SecretsManager, name: string): Record<string, () => Promise<unknown>> {
  return {
    get: () => manager.get(name),
    has: () => manager.has(name),
    create: () => manager.create(name, { a: 1 }),
    set: () => manager.set(name, { a: 1 }),
    update: () => manager.update(name, { a: 1 }),
    delete: () => manager.delete(name),
  };
}

describeVault("a name", () => {
  testOnHashicorpVault.each([1, 2] as const)(
    "with a character newer than Unicode 15.0 is INVALID_ARGUMENT on KV %i, and not absent",
    async (kv) => {
      const { manager } = await openOn(kv);
      for (const [call, run] of Object.entries(callsOn(manager, "team/\u1c89"))) {
        const error = await failure(run());
        expect([error.code, error.reason, error.retryable], call).toEqual([
          "INVALID_ARGUMENT",
          "UNPRINTABLE_NAME",
          false,
        ]);
        expect(error.message, call).toContain("Unicode 15.0");
      }
      const many = await manager.getMany(["a", "\u1c89"]);
      expect(many.get("a")?.status).toBe("absent");
      expect(many.get("\u1c89")?.status).toBe("failed");
      expect(await Array.fromAsync(manager.list({ prefix: "\u1c89/" }))).toEqual([]);
    },
  );

  test.runIf(productOfTests === openBao).each([1, 2] as const)(
    "with a character newer than Unicode 15.0 is stored by OpenBao on KV %i",
    async (kv) => {
      const { manager } = await openOn(kv);
      await manager.create("team/\u1c89", { a: 1 });
      expect((await manager.get("team/\u1c89"))?.value).toEqual({ a: 1 });
      expect(await Array.fromAsync(manager.list(), ({ name }) => name)).toEqual(["team/\u1c89"]);
      expect(await manager.delete("team/\u1c89")).toBe(true);
    },
  );

  test("that would change the target of a request is refused before a request", async () => {
    const { server, manager } = await openOn(2, { audit: true });
    const before = (await server.auditedRequests()).length;
    const names = {
      "two dots": "a..b",
      traversal: "../../sys/health",
      "empty segment": "a//b",
      newline: "a\nb",
      "zero-width joiner": "a\u200db",
      "variation selector": "a\ufe0f",
      NFD: "e\u0301",
      "256 bytes": "x".repeat(256),
      "600 bytes": "xxxx/".repeat(120).slice(0, -1),
    };
    for (const [kind, name] of Object.entries(names)) {
      for (const run of Object.values(callsOn(manager, name)))
        expect((await failure(run())).code, kind).toBe("INVALID_ARGUMENT");
    }
    expect(await server.auditedRequests()).toHaveLength(before);
  });

  testOnHashicorpVault.each([
    { kv: 1, storage: "file", bytes: 244 },
    { kv: 2, storage: "file", bytes: 104 },
    { kv: 1, storage: "inmem", bytes: 255 },
    { kv: 2, storage: "inmem", bytes: 255 },
    { kv: 1, storage: "raft", bytes: 255 },
    { kv: 2, storage: "raft", bytes: 255 },
  ] as const)(
    "of segments of $bytes bytes is stored on $storage by KV $kv",
    async ({ kv, storage, bytes }) => {
      const { manager } = await openOn(kv, { storage });
      const segments = ["a", "b", "c", "d", "e"].map((letter) => letter.repeat(bytes));
      const names = [
        "x".repeat(bytes),
        // As the original product makes them: 64 characters and a UUID.
        `${"t".repeat(64)}-3f2504e0-4f89-41d3-9a0c-0305e82c3301`,
        "é".repeat(Math.floor(bytes / 2)),
        "😀".repeat(Math.floor(bytes / 4)),
        segments.slice(0, Math.floor(513 / (bytes + 1))).join("/"),
      ];
      for (const name of names) {
        await manager.create(name, { name });
        expect((await manager.get(name))?.value).toEqual({ name });
      }
      expect(await Array.fromAsync(manager.list(), ({ name }) => name)).toEqual(
        names.toSorted().toSorted((one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other))),
      );
      for (const name of names) expect(await manager.delete(name)).toBe(true);
    },
  );

  testOnHashicorpVault.each([
    { kv: 1, bytes: 244 },
    { kv: 2, bytes: 104 },
  ] as const)(
    "with a segment of more than $bytes bytes is refused by every call where KV $kv is on files, and the message has the limit",
    async ({ kv, bytes }) => {
      const { manager } = await openOn(kv, { storage: "file" });
      const names = [
        "x".repeat(bytes + 1),
        "x".repeat(255),
        `a/${"é".repeat(127)}`,
        `${"x".repeat(255)}/${"y".repeat(255)}`,
      ];
      for (const name of names) {
        for (const [call, run] of Object.entries(callsOn(manager, name))) {
          const error = await failure(run());
          expect([error.code, error.reason, error.retryable], call).toEqual([
            "INVALID_ARGUMENT",
            "REFUSED_NAME",
            false,
          ]);
          expect(error.message, call).toContain(`at most ${bytes} bytes`);
        }
      }
      expect(await Array.fromAsync(manager.list())).toEqual([]);
    },
  );

  test.each([1, 2] as const)(
    "and a folder of the same name do not disturb each other on KV %i",
    async (kv) => {
      const { manager } = await openOn(kv);
      await manager.create("a", { of: "a" });
      await manager.create("a/b", { of: "a/b" });
      await manager.create("a/b/c", { of: "a/b/c" });
      expect(await manager.delete("a/b")).toBe(true);
      expect((await manager.get("a"))?.value).toEqual({ of: "a" });
      expect((await manager.get("a/b/c"))?.value).toEqual({ of: "a/b/c" });
      expect(await manager.delete("a")).toBe(true);
      expect(await Array.fromAsync(manager.list(), ({ name }) => name)).toEqual(["a/b/c"]);
    },
  );
});
