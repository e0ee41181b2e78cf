import type { ListOptions, SecretsManager } from "@archestra/secrets-core";
import { describeVault, vaultOfTest } from "@archestra/test-servers/vault-tests";
import fc from "fast-check";
import { expect, test } from "vitest";
import { openVault, tokenEnv, vaultEnv } from "../support/open-vault.ts";

async function openWith(kv: 1 | 2, names: readonly string[]) {
  const server = await vaultOfTest({ audit: true });
  await server.mountKv("secret", kv);
  const env = { ARCHESTRA_HASHICORP_VAULT_KV_VERSION: String(kv), ...tokenEnv(server.rootToken) };
  const manager = await openVault(vaultEnv(server.address, env));
  const waiting = names.values();
  const createNext = async () => {
    for (const name of waiting) await manager.create(name, { name });
  };
  await Promise.all(Array.from({ length: 16 }, createNext));
  return { server, manager };
}

function namesOf(manager: SecretsManager, options: ListOptions = {}): Promise<string[]> {
  return Array.fromAsync(manager.list(options), ({ name }) => name);
}

/** What a list is to give. */
function expected(names: readonly string[], { prefix = "", after, limit }: ListOptions): string[] {
  return sorted(names)
    .filter((name) => name.startsWith(prefix))
    .filter((name) => after === undefined || compare(name, after) > 0)
    .slice(0, limit);
}

function sorted(names: readonly string[]): string[] {
  return [...names].sort(compare);
}

function compare(one: string, other: string): number {
  return Buffer.compare(Buffer.from(one), Buffer.from(other));
}

/** `/` stands between `.` and `0`, so that a folder is between keys that begin as it does. */
const borders = [
  "a",
  "a!",
  "a-",
  "a.b",
  "a/!",
  "a/b",
  "a/b!",
  "a/b/c",
  "a/b0",
  "a/é",
  "a/😀",
  "a0",
  "a0/b",
  "aa",
  "b",
  "b/b/b/b/b",
  "é",
  "é/a",
  "é!",
  "ﬁ",
  "😀",
  "😀/a",
  "team/data",
  "team/data/x",
  "team/metadata/x",
  "A",
  "A/b",
  "z/z",
];

describeVault.each([1, 2] as const)("a list on KV %i", (kv) => {
  test("gives names across the borders of folders in the order of their bytes, from each name on", async () => {
    const { manager } = await openWith(kv, borders);
    expect(await namesOf(manager)).toEqual(sorted(borders));
    const places = ["", "/", "a/", "a/b/", "a/b/c/", "a/zz", "b/b/b", "zzz", "team/", ...borders];
    for (const after of places) {
      expect(await namesOf(manager, { after }), `after ${after}`).toEqual(expected(borders, { after }));
    }
    for (const prefix of places) {
      expect(await namesOf(manager, { prefix }), `prefix ${prefix}`).toEqual(expected(borders, { prefix }));
    }
  });

  test("gives what a sorted array gives, for any prefix, start and limit", async () => {
    const part = fc.constantFrom("a", "b", "!", "0", "é", "😀", ".", "-", "a0", "a b");
    const anyName = fc
      .array(
        fc.array(part, { minLength: 1, maxLength: 2 }).map((parts) => parts.join("")),
        { minLength: 1, maxLength: 4 },
      )
      .map((segments) => segments.join("/"))
      .filter((name) => !name.split("/").some((segment) => segment === "." || segment.includes("..")));
    const names = [...new Set(fc.sample(anyName, { seed: 7, numRuns: 200 }))];
    const { manager } = await openWith(kv, names);
    const cut = fc
      .tuple(fc.constantFrom(...names), fc.nat(8))
      .map(([name, length]) => Array.from(name).slice(0, length).join(""));
    const range = fc.record(
      { prefix: cut, after: fc.oneof(cut, anyName), limit: fc.integer({ min: 1, max: 20 }) },
      { requiredKeys: [] },
    );
    await fc.assert(
      fc.asyncProperty(range, async (options) => {
        expect(await namesOf(manager, options)).toEqual(expected(names, options));
      }),
      { seed: 8, numRuns: 150 },
    );
  });

  test("of one prefix lists no folder outside of it", async () => {
    const { server, manager } = await openWith(kv, ["a/b/c", "a/d/e", "b/b/c", "ab/c"]);
    const before = (await server.auditedRequests()).length;
    expect(await namesOf(manager, { prefix: "a/b" })).toEqual(["a/b/c"]);
    const folder = kv === 1 ? "secret/archestra" : "secret/metadata/archestra";
    const listed = (await server.auditedRequests())
      .slice(before)
      .filter(({ operation }) => operation === "list");
    expect(listed.map(({ path }) => path)).toEqual([`${folder}/a/`, `${folder}/a/b/`]);
  });

  test("with a small limit does not request all names", async () => {
    const many = Array.from({ length: 300 }, (_, index) => `folder-${String(index).padStart(3, "0")}/name`);
    const { server, manager } = await openWith(kv, many);
    const before = (await server.auditedRequests()).length;
    expect(await namesOf(manager, { limit: 2 })).toEqual(many.slice(0, 2));
    expect((await server.auditedRequests()).length - before).toBeLessThan(12);
  });
});
