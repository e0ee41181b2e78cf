import { describe, expect, test } from "vitest";
import * as index from "../../src/index.ts";
import { memoryPlugin } from "../../src/memory.ts";
import * as plugin from "../../src/plugin.ts";
import { plantedValue } from "../planted.ts";
import { failure } from "../support/failure.ts";
import { fakeBackend } from "../support/fake-backend.ts";
import { openMemory } from "../support/open-manager.ts";
import { secondCopy } from "../support/second-copy.ts";

const other = await secondCopy();

test("the two copies of this test share no class", () => {
  expect(other.SecretsError).not.toBe(index.SecretsError);
  expect(new other.SecretsError("INTERNAL", "x")).not.toBeInstanceOf(index.SecretsError);
});

describe("an error of one copy of core", () => {
  test("is recognized by the other, also by its code", () => {
    const error = new other.SecretsError("NOT_FOUND", "It is not there.");

    expect(index.isSecretsError(error, "NOT_FOUND")).toBe(true);
    expect(index.isSecretsError(error, "CONFLICT")).toBe(false);
    expect(other.isSecretsError(new index.SecretsError("NOT_FOUND", "It is not there."))).toBe(true);
  });

  test("thrown by a plugin leaves the manager of the other with its code and reason", async () => {
    const theirs = other.definePlugin({
      kind: other.backend,
      id: "THEIRS",
      contractVersion: 1,
      settings: {},
      create: () =>
        fakeBackend({
          get: () => Promise.reject(new other.SecretsError("UNAVAILABLE", "Sealed.", { reason: "SEALED" })),
        }),
    });
    const manager = await index.createSecretsManager({ plugins: [theirs], manager: "THEIRS", env: {} });

    expect(await failure(manager.get("a"))).toMatchObject({
      code: "UNAVAILABLE",
      reason: "SEALED",
      operation: "get",
      secretName: "a",
      message: 'get "a" (THEIRS): Sealed.',
    });
  });
});

describe("a plugin defined by one copy of core", () => {
  test("works in the other, with its options", async () => {
    const store = new other.MemoryStore();
    const manager = await index.createSecretsManager({
      plugins: [other.memoryPlugin({ store })],
      manager: "MEMORY",
      env: {},
    });
    const value = plantedValue();
    await manager.create("a", value);

    expect((await manager.get("a"))?.value).toEqual(value);
    expect(store.rows).toHaveLength(1);
    expect((await failure(manager.create("a", value))).code).toBe("ALREADY_EXISTS");
  });

  test("fits a slot of the other: kinds are the same by id", async () => {
    const ours = plugin.defineKind<{ word: string }>("part");
    const theirs = other.defineKind<{ word: string }>("part");
    let received: unknown;
    const whole = plugin.definePlugin({
      kind: plugin.backend,
      id: "WHOLE",
      contractVersion: 1,
      settings: { part: plugin.slot(ours, { variable: "PART", default: "THEIRS" }) },
      create: ({ part }) => {
        received = part;
        return fakeBackend();
      },
    });
    const part = other.definePlugin({
      kind: theirs,
      id: "THEIRS",
      contractVersion: 1,
      settings: { word: other.variable("WORD", { required: true, description: "Any." }) },
      create: ({ word }) => ({ word }),
    });

    await index.createSecretsManager({ plugins: [whole, part], manager: "WHOLE", env: { WORD: "hello" } });

    expect(received).toEqual({ word: "hello" });
  });

  test("counts as the same plugin: two of one id are refused", () => {
    expect(() => index.resolveSecretsManager([memoryPlugin(), other.memoryPlugin()], {})).toThrow(TypeError);
  });
});

test("a secret of a manager of the other copy is an ordinary value to write", async () => {
  const theirs = await other.createSecretsManager({
    plugins: [other.memoryPlugin()],
    manager: "MEMORY",
    env: {},
  });
  await theirs.create("a", plantedValue());
  const secret = await theirs.get("a");
  const manager = await openMemory();

  await manager.create("a", secret?.value ?? {});

  expect((await manager.get("a"))?.value).toEqual(secret?.value);
});
