import { expect, test } from "vitest";
import { openManager } from "../support/open-manager.ts";
import { plantedValue } from "../support/planted.ts";
import { scratchFile } from "../support/scratch-folder.ts";

// SQLite answers within the process, so that a loop of calls would never wait for anything.
test.each(["get", "has", "set", "update", "delete"] as const)(
  "a loop of %s yields to timers and other work",
  async (call) => {
    const manager = await openManager(scratchFile());
    const value = plantedValue();
    await manager.create("a", value);
    const calls = {
      get: () => manager.get("a"),
      has: () => manager.has("a"),
      set: () => manager.set("a", value),
      update: () => manager.update("a", () => value),
      delete: () => manager.delete("none"),
    };
    let hasFired = false;
    setTimeout(() => {
      hasFired = true;
    }, 20);
    for (let count = 0; !hasFired && count < 5_000; count++) await calls[call]();
    expect(hasFired).toBe(true);
  },
);
