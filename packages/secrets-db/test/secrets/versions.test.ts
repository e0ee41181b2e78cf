import { expect, test } from "vitest";
import { startAgents } from "../support/agents.ts";
import { failureCode } from "../support/failure.ts";
import { fileEnvironment, openManager } from "../support/open-manager.ts";
import { dump, execute } from "../support/raw-database.ts";
import { scratchFile } from "../support/scratch-folder.ts";

const missing = "DB:no-such-life.1";

test.each([missing, "DB:", "DB:.", "DB:x", "DB:x.", "DB:x.1e999", "DB:x.-1", "VAULT:5", "", "any"])(
  "the version %j, which no secret ever had, conflicts, and without a secret there is nothing to conflict with",
  async (ifVersion) => {
    const file = scratchFile();
    const manager = await openManager(file);
    await manager.create("a", { step: 1 });
    const before = dump(file);
    expect(await failureCode(manager.update("a", { step: 2 }, { ifVersion }))).toBe("CONFLICT");
    expect(await failureCode(manager.delete("a", { ifVersion }))).toBe("CONFLICT");
    expect(await failureCode(manager.update("b", { step: 2 }, { ifVersion }))).toBe("NOT_FOUND");
    expect(await manager.delete("b", { ifVersion })).toBe(false);
    expect(dump(file)).toEqual(before);
  },
);

test("a version of one secret is not a version of another", async () => {
  const manager = await openManager(scratchFile());
  const { version: ifVersion } = await manager.create("a", { step: 1 });
  await manager.create("b", { step: 1 });
  expect(await failureCode(manager.update("b", { step: 2 }, { ifVersion }))).toBe("CONFLICT");
  expect(await failureCode(manager.delete("b", { ifVersion }))).toBe("CONFLICT");
});

test("updates by functions from two processes lose nothing", async () => {
  const file = scratchFile();
  const manager = await openManager(file);
  await manager.create("counter", { count: 0 });
  const agents = await startAgents(2);
  await Promise.all(agents.map((agent) => agent.do("open", fileEnvironment(file))));
  await Promise.all([
    ...agents.map((agent) => agent.do("increment", "counter", 100)),
    ...Array.from({ length: 100 }, () =>
      manager.update("counter", (current) => ({ count: Number(current.count) + 1 })),
    ),
  ]);
  expect((await manager.get("counter"))?.value).toEqual({ count: 300 });
});

test("a function runs again with the value that another manager wrote meanwhile", async () => {
  const file = scratchFile();
  const [one, two] = [await openManager(file), await openManager(file)];
  await one.create("a", { token: "first", extra: 1 });
  const seen: unknown[] = [];
  await one.update("a", async (current) => {
    seen.push(current.token);
    if (seen.length === 1) await two.set("a", { token: "second" });
    return { ...current, seen: true };
  });
  expect(seen).toEqual(["first", "second"]);
  expect((await one.get("a"))?.value).toEqual({ token: "second", seen: true });
});

test("a row that is being moved is readable, and a change of it waits for the end of the move", async () => {
  const file = scratchFile();
  const manager = await openManager(file);
  await manager.create("a", { step: 1 });
  const move = "UPDATE archestra_secrets SET state = ?, transition_id = ?, transition_started_at = ?";
  execute(file, move, "moving", "o1", Date.now());
  const before = dump(file);
  const change = manager.set("a", { step: 2 });
  expect((await manager.get("a"))?.value).toEqual({ step: 1 });
  expect(dump(file)).toEqual(before);
  execute(file, move, "active", null, null);
  await change;
  expect((await manager.get("a"))?.value).toEqual({ step: 2 });
});
