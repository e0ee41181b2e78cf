import { describe, expect, test } from "vitest";
import type { StandardSchema } from "../../src/plugin.ts";
import { plantedText, plantedValue } from "../planted.ts";
import { failure } from "../support/failure.ts";
import { fakeBackend } from "../support/fake-backend.ts";
import { openBackend, openMemory } from "../support/open-manager.ts";

type Validate = StandardSchema["~standard"]["validate"];

function schema<Output>(validate: Validate): StandardSchema<unknown, Output> {
  return { "~standard": { version: 1, vendor: "test", validate } } as StandardSchema<unknown, Output>;
}

describe("get", () => {
  test("get() returns undefined for a secret that does not exist", async () => {
    expect(await (await openMemory()).get("missing")).toBeUndefined();
  });

  test("never reports a failure as absence", async () => {
    const manager = await openBackend(
      fakeBackend({ get: () => Promise.reject(Object.assign(new Error("gone"), { status: 404 })) }),
    );

    expect(await failure(manager.get("a"))).toMatchObject({ code: "INTERNAL", operation: "get" });
  });

  test("get() leaves out details that the store does not report", async () => {
    const manager = await openBackend(
      fakeBackend({
        capabilities: { versions: false, conditionalWrites: false, list: false },
        get: async (name) => ({ name, value: plantedValue() }),
      }),
    );

    expect(Object.keys((await manager.get("a")) ?? {}).sort()).toEqual(["manager", "name"]);
  });

  test("returns any JSON object that is stored, also an empty one or one that exceeds the limits of writes", async () => {
    const stored = [{}, { large: "a".repeat(600 * 1024) }, { lone: "\ud83d" }];
    for (const value of stored) {
      const manager = await openBackend(
        fakeBackend({ get: async (name) => ({ name, version: "1", value }) }),
      );
      expect((await manager.get("a"))?.value).toEqual(value);
    }
  });

  test.each([
    ["an array", [1]],
    ["a string", "text"],
    ["null", null],
  ])("is INVALID_VALUE when the store holds %s", async (_what, value) => {
    const manager = await openBackend(
      fakeBackend({ get: async (name) => ({ name, version: "1", value: value as never }) }),
    );
    expect(await failure(manager.get("a"))).toMatchObject({ code: "INVALID_VALUE", reason: "NOT_AN_OBJECT" });
  });

  test("get() freezes the value of a backend", async () => {
    const manager = await openBackend(
      fakeBackend({ get: async (name) => ({ name, version: "1", value: { list: [{ a: 1 }] } }) }),
    );
    const value = (await manager.get("a"))?.value as { list: object[] };

    expect([value, value.list, value.list[0]].every(Object.isFrozen)).toBe(true);
  });
});

describe("get with a schema", () => {
  test("gives the schema's output, frozen", async () => {
    const manager = await openMemory();
    await manager.create("a", { port: "8200" });
    const port = schema<{ port: number }>((value) => ({
      value: { port: Number((value as { port: string }).port) },
    }));

    const secret = await manager.get("a", { schema: port });

    expect(secret?.value).toEqual({ port: 8200 });
    expect(Object.isFrozen(secret?.value)).toBe(true);
    expect(secret?.name).toBe("a");
  });

  test("accepts an asynchronous schema, and one that is a function as those of ArkType are", async () => {
    const manager = await openMemory();
    await manager.create("a", { n: 1 });
    const callable = Object.assign(
      () => {},
      schema<{ n: number }>(async (value) => ({ value })),
    );

    expect((await manager.get("a", { schema: callable }))?.value).toEqual({ n: 1 });
  });

  test("is not asked about an absent secret", async () => {
    const manager = await openMemory();
    const never = schema(() => expect.unreachable());

    expect(await manager.get("missing", { schema: never })).toBeUndefined();
  });

  test("that rejects is INVALID_VALUE with the paths, without its own message", async () => {
    const manager = await openMemory();
    const token = plantedText();
    await manager.create("a", { token });
    const quoting = schema((value) => ({
      issues: [
        { message: `not a token: ${(value as { token: string }).token}`, path: ["token"] },
        { message: `bad: ${token}`, path: [{ key: "list" }, 2, { key: "scope" }] },
        { message: token },
      ],
    }));

    const error = await failure(manager.get("a", { schema: quoting }));

    expect(error).toMatchObject({ code: "INVALID_VALUE", reason: "SCHEMA_REFUSED", secretName: "a" });
    expect(error.message).toContain("token, list[2].scope, the value itself");
  });

  test.each<[string, Validate]>([
    [
      "throws",
      (value) => {
        throw new Error(JSON.stringify(value));
      },
    ],
    [
      "rejects",
      async (value) => {
        throw new Error(JSON.stringify(value));
      },
    ],
  ])("that %s is INVALID_VALUE without the message of its error", async (_how, validate) => {
    const manager = await openMemory();
    await manager.create("a", plantedValue());

    expect(await failure(manager.get("a", { schema: schema(validate) }))).toMatchObject({
      code: "INVALID_VALUE",
      reason: "SCHEMA_FAILED",
      cause: { name: "Error" },
    });
  });

  test.each([{}, { validate() {} }, "string", { "~standard": { version: 2, validate() {} } }])(
    "that is none is a programmer's mistake: %j",
    async (none) => {
      const manager = await openMemory();
      await expect(manager.get("a", { schema: none as never })).rejects.toThrow(TypeError);
    },
  );
});

describe("has", () => {
  test("has() returns whether a secret exists", async () => {
    const manager = await openMemory();
    await manager.create("a", plantedValue());

    expect(await manager.has("a")).toBe(true);
    expect(await manager.has("b")).toBe(false);
  });

  test("asks the backend's own has, and does not read", async () => {
    const manager = await openBackend(
      fakeBackend({ has: async (name) => name === "a", get: () => expect.unreachable() }),
    );

    expect(await manager.has("a")).toBe(true);
    expect(await manager.has("b")).toBe(false);
  });

  test("reads where the backend has none", async () => {
    const manager = await openBackend(
      fakeBackend({
        get: async (name) => (name === "a" ? { name, version: "1", value: plantedValue() } : undefined),
      }),
    );

    expect(await manager.has("a")).toBe(true);
    expect(await manager.has("b")).toBe(false);
  });
});
