import { expect, test } from "vitest";
import type { SecretRevision } from "../../src/index.ts";
import { failure } from "../support/failure.ts";
import { fakeBackend } from "../support/fake-backend.ts";
import { openBackend, openMemory } from "../support/open-manager.ts";

test("history() returns what the backend does, with the manager in each version", async () => {
  const createdAt = new Date(5);
  const revisions: SecretRevision[] = [
    { version: "2", createdAt, state: "present" },
    { version: "1", createdAt: new Date(Number.NaN), state: "destroyed", deletedAt: createdAt },
  ];
  const manager = await openBackend(fakeBackend({ history: async () => revisions }));
  const { manager: id } = manager.describe();
  const history = await manager.history("a");
  expect(history).toEqual([
    { version: `${id}:2`, createdAt, state: "present" },
    { version: `${id}:1`, state: "destroyed", deletedAt: createdAt },
  ]);
  expect(Object.isFrozen(history) && history.every(Object.isFrozen)).toBe(true);
});

test("history() is UNSUPPORTED for a backend without it, and INTERNAL for a wrong answer", async () => {
  expect((await failure((await openMemory()).history("a"))).code).toBe("UNSUPPORTED");
  for (const answer of [
    undefined,
    {},
    [{ version: 1, state: "present" }],
    [{ version: "1", state: "old" }],
  ]) {
    const manager = await openBackend(fakeBackend({ history: async () => answer as never }));
    expect(await failure(manager.history("a"))).toMatchObject({ code: "INTERNAL", reason: "PLUGIN_BROKEN" });
  }
});

test("history() validates its arguments", async () => {
  const manager = await openMemory();
  expect((await failure(manager.history("in//valid"))).code).toBe("INVALID_ARGUMENT");
  await expect(manager.history("a", { unknown: true } as never)).rejects.toThrow(TypeError);
  await manager.close();
  expect((await failure(manager.history("a"))).code).toBe("CLOSED");
});
