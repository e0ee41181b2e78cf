import { monitorEventLoopDelay } from "node:perf_hooks";
import { expect, test } from "vitest";
import { startAgent } from "../support/agents.ts";
import { failureCode } from "../support/failure.ts";
import { fileEnvironment, makeDatabase, openManager } from "../support/open-manager.ts";
import { plantedValue } from "../support/planted.ts";
import { dump } from "../support/raw-database.ts";
import { scratchFile } from "../support/scratch-folder.ts";

/** A database whose write lock another process holds. */
async function lockedDatabase(): Promise<{ file: string; unlock: () => Promise<void> }> {
  const file = scratchFile();
  await makeDatabase(file);
  const agent = await startAgent();
  await agent.do("lock", file);
  return { file, unlock: () => agent.do("unlock") };
}

test("a write waits for the lock of another process without stopping the event loop, and reads go on", async () => {
  const { file, unlock } = await lockedDatabase();
  const manager = await openManager(file);
  const delay = monitorEventLoopDelay({ resolution: 5 });
  delay.enable();
  const value = plantedValue();
  const writes = Array.from({ length: 50 }, (_, index) => manager.create(`name-${index}`, value));
  const isDone = Promise.all(writes).then(() => "written");
  // Meanwhile every write has tried many times; a wait inside SQLite would add up over the fifty.
  for (let tick = 0; tick < 50; tick++) {
    expect(await manager.get("name-0")).toBeUndefined();
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  expect(await Promise.race([isDone, "waiting"])).toBe("waiting");
  await unlock();
  expect(await isDone).toBe("written");
  delay.disable();
  expect(delay.percentile(90) / 1e6).toBeLessThan(250);
});

test("a write that is aborted while it waits is ABORTED, and has changed nothing", async () => {
  const { file } = await lockedDatabase();
  const manager = await openManager(file);
  const before = dump(file);
  const controller = new AbortController();
  const write = failureCode(manager.create("a", plantedValue(), { signal: controller.signal }));
  await new Promise(setImmediate);
  controller.abort();
  expect(await write).toBe("ABORTED");
  expect(dump(file)).toEqual(before);
});

test("a write that is late while it waits is TIMEOUT, and has changed nothing", async () => {
  const { file } = await lockedDatabase();
  const manager = await openManager(file, {}, { timeout: 300 });
  const before = dump(file);
  for (const call of [
    manager.create("a", plantedValue()),
    manager.set("a", plantedValue()),
    manager.delete("a"),
  ]) {
    expect(await failureCode(call)).toBe("TIMEOUT");
  }
  expect(dump(file)).toEqual(before);
});

test("a start that waits for the lock can be aborted", async () => {
  const file = scratchFile();
  const agent = await startAgent();
  await agent.do("lock", file);
  const controller = new AbortController();
  const start = failureCode(openManager(file, fileEnvironment(file), { signal: controller.signal }));
  await new Promise(setImmediate);
  controller.abort();
  expect(await start).toBe("ABORTED");
});
