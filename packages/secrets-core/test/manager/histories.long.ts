import { checkRandomHistories, everyAnswer } from "@archestra/test-harness/random-history";
import { expect, test } from "vitest";
import { MemoryStore } from "../../src/memory.ts";
import { openMemory } from "../support/open-manager.ts";

test("10 000 random histories of three managers on one store are linearizable, name by name", async () => {
  const store = new MemoryStore();
  const managers = [await openMemory(store), await openMemory(store), await openMemory(store)] as const;
  expect(await checkRandomHistories({ runs: 10_000, managersOf: () => managers })).toEqual(everyAnswer);
});
