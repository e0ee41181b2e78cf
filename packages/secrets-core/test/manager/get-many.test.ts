import { describe, expect, test } from "vitest";
import { isSecretsError } from "../../src/index.ts";
import { type SecretsBackend, SecretsError } from "../../src/plugin.ts";
import { plantedText, plantedValue } from "../planted.ts";
import { failure } from "../support/failure.ts";
import { fakeBackend } from "../support/fake-backend.ts";
import { openBackend, openMemory } from "../support/open-manager.ts";

const value = plantedValue();

/** Holds `found`, fails for `broken`, and can say so with `getMany` or without. */
function partlyBroken(withGetMany: boolean): SecretsBackend {
  const get: SecretsBackend["get"] = async (name) => {
    if (name === "broken") throw new SecretsError("DECRYPTION_FAILED", "It does not open.");
    return name === "found" ? { name, version: "1", value } : undefined;
  };
  if (!withGetMany) return fakeBackend({ get });
  return fakeBackend({
    get: () => expect.unreachable(),
    getMany: async () =>
      new Map([
        ["found", { status: "found", secret: { name: "found", version: "1", value } }],
        ["broken", { status: "failed", error: new SecretsError("DECRYPTION_FAILED", "It does not open.") }],
        ["absent", { status: "absent" }],
      ]),
  });
}

describe.each([
  ["a backend with getMany", true],
  ["a backend without getMany", false],
])("getMany on %s", (_what, withGetMany) => {
  test("gives one entry for each distinct name, in the order of the names", async () => {
    const manager = await openBackend(partlyBroken(withGetMany));

    const results = await manager.getMany(["absent", "found", "broken", "found", "absent"]);

    expect([...results.keys()]).toEqual(["absent", "found", "broken"]);
    expect(results.get("absent")).toEqual({ status: "absent" });
    const found = results.get("found");
    expect(found?.status === "found" && found.secret).toMatchObject({
      name: "found",
      value,
      version: "FAKE:1",
    });
    const failed = results.get("broken");
    expect(failed?.status === "failed" && failed.error).toMatchObject({
      code: "DECRYPTION_FAILED",
      operation: "getMany",
      manager: "FAKE",
      secretName: "broken",
    });
  });
});

describe("getMany", () => {
  test("getMany() of no names sends nothing", async () => {
    const manager = await openBackend(fakeBackend({ getMany: () => expect.unreachable() }));
    expect(await manager.getMany([])).toEqual(new Map());
  });

  test("is refused as a whole when one name violates the grammar", async () => {
    const manager = await openBackend(
      fakeBackend({ get: () => expect.unreachable(), getMany: () => expect.unreachable() }),
    );

    expect(await failure(manager.getMany(["good", "a/../b"]))).toMatchObject({
      code: "INVALID_ARGUMENT",
      reason: "NAME_DOUBLE_DOT",
      operation: "getMany",
    });
  });

  test("takes an array and nothing else", async () => {
    const manager = await openMemory();
    await expect(manager.getMany("ab" as never)).rejects.toThrow(TypeError);
    await expect(manager.getMany(new Set(["a"]) as never)).rejects.toThrow(TypeError);
  });

  test("fails for a name that the backend omitted", async () => {
    const manager = await openBackend(fakeBackend({ getMany: async () => new Map() }));

    const result = (await manager.getMany(["a"])).get("a");

    expect(result?.status === "failed" && isSecretsError(result.error, "INTERNAL")).toBe(true);
  });

  test("fails for a name whose stored value is not an object, and returns the others", async () => {
    const manager = await openBackend(
      fakeBackend({
        get: async (name) => ({ name, version: "1", value: name === "bad" ? ([1] as never) : value }),
      }),
    );

    const results = await manager.getMany(["bad", "good"]);

    const bad = results.get("bad");
    expect(bad?.status === "failed" && bad.error.code).toBe("INVALID_VALUE");
    expect(results.get("good")?.status).toBe("found");
  });

  test("getMany() does not quote the messages of foreign errors", async () => {
    const manager = await openBackend(
      fakeBackend({ get: () => Promise.reject(new Error(plantedText())), classify: () => "UNAVAILABLE" }),
    );

    const result = (await manager.getMany(["a"])).get("a");

    expect(result?.status === "failed" && result.error).toMatchObject({
      code: "UNAVAILABLE",
      cause: { name: "Error" },
    });
  });

  test("reads sixteen at a time from a backend without getMany", async () => {
    const waiting: (() => void)[] = [];
    const manager = await openBackend(
      fakeBackend({ get: () => new Promise((resolve) => waiting.push(() => resolve(undefined))) }),
    );

    const call = manager.getMany(Array.from({ length: 40 }, (_, index) => `name-${index}`));

    const sizes: number[] = [];
    for (let answered = 0; answered < 40; ) {
      await new Promise((resolve) => setImmediate(resolve));
      const now = waiting.splice(0);
      sizes.push(now.length);
      answered += now.length;
      for (const answer of now) answer();
    }
    expect(sizes).toEqual([16, 16, 8]);
    expect((await call).size).toBe(40);
  });

  test("stops reading when its caller aborts it", async () => {
    const controller = new AbortController();
    let reads = 0;
    const first = Promise.withResolvers<undefined>();
    const manager = await openBackend(
      fakeBackend({
        get: () => {
          reads++;
          return first.promise;
        },
      }),
    );
    const names = Array.from({ length: 40 }, (_, index) => `name-${index}`);
    const call = failure(manager.getMany(names, { signal: controller.signal }));
    controller.abort();

    expect((await call).code).toBe("ABORTED");
    first.resolve(undefined);
    await new Promise((resolve) => setImmediate(resolve));
    expect(reads).toBe(16);
  });
});
