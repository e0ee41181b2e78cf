import { checkRandomHistories, everyAnswer } from "@archestra/test-harness/random-history";
import { expect, test } from "vitest";
import { MemoryStore } from "../../src/memory.ts";
import { fakeBackend } from "../support/fake-backend.ts";
import { memoryBackend } from "../support/memory-backend.ts";
import { openBackend, openMemory } from "../support/open-manager.ts";

test("2 000 random histories of three managers on one store are linearizable, name by name", async () => {
  const store = new MemoryStore();
  const managers = [await openMemory(store), await openMemory(store), await openMemory(store)] as const;
  const answers = await checkRandomHistories({ runs: 2_000, managersOf: () => managers });
  expect(answers).toEqual(everyAnswer);
});

test("a store that does not compare versions is detected, and the report has the seed and the history", async () => {
  const { backend } = await memoryBackend();
  const careless = fakeBackend({
    capabilities: backend.capabilities,
    get: (name, context) => backend.get(name, context),
    has: async (name, context) => (await backend.get(name, context)) !== undefined,
    delete: (name, options, context) => backend.delete(name, options, context),
    write: (name, value, { expect: state }, context) =>
      backend.write(name, value, { expect: typeof state === "object" ? "present" : state }, context),
  });
  const managers = [await openBackend(careless), await openBackend(careless)] as const;
  await expect(checkRandomHistories({ runs: 100, managersOf: () => managers })).rejects.toThrow(
    /^Seed \d+, name history\/\d+\/(one|two)\. (The history is not linearizable|Two functions of refresh ran at the same time):\n +\d+ to +\d+, client /,
  );
});
