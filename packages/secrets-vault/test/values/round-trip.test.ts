import { describeVault, vaultOfTest } from "@archestra/test-servers/vault-tests";
import fc from "fast-check";
import { expect, test } from "vitest";
import { failure } from "../support/failure.ts";
import { openVault, tokenEnv, vaultEnv } from "../support/open-vault.ts";

const prototypes = JSON.parse(
  '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}',
);

const odd: Readonly<Record<string, Record<string, unknown>>> = {
  "an own __proto__": prototypes,
  "an empty key": { "": "text", nested: { "": 1 } },
  null: { v: null, nested: { v: null } },
  "an empty array": { v: [], nested: [[]] },
  "an empty object inside": { v: {} },
  "an empty text": { v: "" },
  "the words of KV 2": { data: { data: 1 }, options: { cas: 0 }, metadata: {} },
  "the words of KV 1": { ttl: "1h", lease: "2h", lease_duration: 5 },
  "keys of numbers": { "2": "b", "1": "a", "-1": "c" },
  "numbers at the ends": {
    v: [Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER, 5e-324, Number.MAX_VALUE, 1e21, 1e-7, 0.1, -0.5],
  },
  "line ends of JavaScript": { "\u2028": "\u2029", v: "</script>&" },
  "control characters": { v: "\u0000\u0001\u001f\u007f\r\n\t" },
};

describeVault("a value", () => {
  test.each([1, 2] as const)("of an odd kind survives KV %i", async (kv) => {
    const server = await vaultOfTest();
    await server.mountKv("secret", kv);
    const env = { ARCHESTRA_HASHICORP_VAULT_KV_VERSION: String(kv), ...tokenEnv(server.rootToken) };
    const manager = await openVault(vaultEnv(server.address, env));
    for (const [kind, value] of Object.entries(odd)) {
      await manager.set("odd", value as never);
      const read = (await manager.get("odd"))?.value;
      expect(sorted(read), kind).toBe(sorted(value));
    }
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
    const anyValue = fc
      .dictionary(fc.string({ unit: "grapheme" }), fc.jsonValue({ maxDepth: 4 }), { minKeys: 1, maxKeys: 8 })
      .filter((value) => Object.keys(value).length > 0);
    await fc.assert(
      fc.asyncProperty(anyValue, async (value) => {
        await manager.set("any", value as never);
        expect(sorted((await manager.get("any"))?.value)).toBe(sorted(value));
      }),
      { seed: 6, numRuns: 100 },
    );
  });

  test.each([1, 2] as const)(
    "that another program wrote is read on KV %i, also one that cannot be written here",
    async (kv) => {
      const server = await vaultOfTest();
      await server.mountKv("secret", kv);
      const env = { ARCHESTRA_HASHICORP_VAULT_KV_VERSION: String(kv), ...tokenEnv(server.rootToken) };
      const manager = await openVault(vaultEnv(server.address, env));
      const put = async (name: string, json: string) => {
        const path = kv === 1 ? `secret/archestra/${name}` : `secret/data/archestra/${name}`;
        const response = await fetch(`${server.address}/v1/${path}`, {
          method: "POST",
          headers: { "x-vault-token": server.rootToken },
          body: kv === 1 ? json : `{"data":${json}}`,
        });
        expect(response.ok).toBe(true);
      };
      await put("big", '{"v":9007199254740993,"w":123456789012345678901234567890}');
      // The nearest double.
      expect((await manager.get("big"))?.value).toEqual({ v: 9007199254740992, w: 1.2345678901234568e29 });
      await put("long", `{"v":"${"x".repeat(900_000)}"}`);
      expect(String((await manager.get("long"))?.value.v)).toHaveLength(900_000);
      if (kv === 1) {
        const error = await failure(manager.set("empty", {}));
        expect([error.code, error.reason]).toEqual(["INVALID_ARGUMENT", "REFUSED_VALUE"]);
        expect(error.message).toContain("KV version 1 cannot store a value without entries");
        expect(await manager.has("empty")).toBe(false);
        return;
      }
      await manager.create("made-empty", {});
      expect((await manager.get("made-empty"))?.value).toEqual({});
      await put("empty", "{}");
      expect((await manager.get("empty"))?.value).toEqual({});
      expect(await manager.has("empty")).toBe(true);
      await manager.set("empty", { v: 1 });
      expect((await manager.get("empty"))?.value).toEqual({ v: 1 });
    },
  );
});

/** As JSON, whose keys are in order: Vault keeps no order. */
function sorted(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    typeof part === "object" && part !== null && !Array.isArray(part)
      ? Object.entries(part).toSorted(([one], [other]) => (one < other ? -1 : 1))
      : part,
  );
}
