import { describeVault, productOfTests, vaultOfTest } from "@archestra/test-servers/vault-tests";
import { expect, test } from "vitest";
import { failure } from "../support/failure.ts";
import { openVault, tokenEnv, vaultEnv } from "../support/open-vault.ts";

const KIB = 1_024;
/** What `{"v":""}` takes beside the text in it. */
const AROUND = '{"v":""}'.length;
const LIMIT = 512 * KIB;

const storages = (["inmem", "file", "raft"] as const).filter(
  (storage) => storage !== "file" || productOfTests.hasFileStorage,
);
type Storage = (typeof storages)[number];

async function openOn(kv: 1 | 2, storage: Storage = "inmem") {
  const server = await vaultOfTest({ storage, listener: productOfTests.listenerForLargeValues });
  await server.mountKv("secret", kv);
  const env = { ARCHESTRA_HASHICORP_VAULT_KV_VERSION: String(kv), ...tokenEnv(server.rootToken) };
  return openVault(vaultEnv(server.address, env));
}

function nested(depth: number): { v: unknown } {
  let value: { v: unknown } = { v: 1 };
  for (let level = 1; level < depth; level++) value = { v: value };
  return value;
}

const places = ([1, 2] as const).flatMap((kv) => storages.map((storage) => ({ kv, storage })));

describeVault("values at their limits", () => {
  test.each(places)("are stored as they are by KV $kv on $storage", async ({ kv, storage }) => {
    const manager = await openOn(kv, storage);
    // How many bytes a character takes in the limit, which is what Vault stores.
    const characters: [string, number][] = [
      ["x", 1],
      ["\n", 2],
      ['"', 2],
      ["\\", 2],
      ["<", 6],
      ["&", 6],
      ["\u2028", 6],
      ["\u0001", 6],
      ["é", 2],
      ["😀", 4],
    ];
    for (const [character, bytes] of characters) {
      const most = Math.floor((LIMIT - AROUND) / bytes);
      const value = { v: character.repeat(most) };
      await manager.set("at-the-limit", value);
      const read = (await manager.get("at-the-limit"))?.value;
      expect(read?.v === value.v, JSON.stringify(character)).toBe(true);
      const error = await failure(manager.set("over", { v: character.repeat(most + 1) }));
      expect(error.code, JSON.stringify(character)).toBe("INVALID_ARGUMENT");
    }
    expect(await manager.has("over")).toBe(false);
  });

  test.each([1, 2] as const)(
    "of entries and depth are stored, and one more is refused, on KV %i",
    async (kv) => {
      const manager = await openOn(kv);
      const entries = (count: number) =>
        Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, index]));
      const good = { object: entries(10_000), array: { v: new Array(10_000).fill(0) }, deep: nested(100) };
      for (const [name, value] of Object.entries(good)) {
        await manager.create(name, value as never);
        expect((await manager.get(name))?.value, name).toEqual(value);
      }
      const bad = { object: entries(10_001), array: { v: new Array(10_001).fill(0) }, deep: nested(101) };
      for (const [name, value] of Object.entries(bad)) {
        expect((await failure(manager.set(name, value as never))).code, name).toBe("INVALID_ARGUMENT");
        expect((await manager.get(name))?.value, name).toEqual(good[name as keyof typeof good]);
      }
    },
  );

  test("with half of a surrogate pair are refused, in the middle and at the end, before a request", async () => {
    const server = await vaultOfTest({ audit: true });
    await server.mountKv("secret", 2);
    const manager = await openVault(vaultEnv(server.address, tokenEnv(server.rootToken)));
    const before = (await server.auditedRequests()).length;
    for (const value of [
      { v: "a\ud800b" },
      { v: "a\ud800" },
      { v: "\udfff" },
      { "k\ud800": "" },
      { v: ["a\ud83d"] },
    ]) {
      expect((await failure(manager.set("a", value))).code).toBe("INVALID_ARGUMENT");
    }
    expect(await server.auditedRequests()).toHaveLength(before);
  });
});
