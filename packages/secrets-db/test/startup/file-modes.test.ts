import { chmodSync, copyFileSync, existsSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { startAgent } from "../support/agents.ts";
import { fileEnvironment, makeDatabase, openManager } from "../support/open-manager.ts";
import { plantedValue } from "../support/planted.ts";
import { modeOf } from "../support/raw-database.ts";
import { scratchFolder } from "../support/scratch-folder.ts";

const suffixes = ["", "-wal", "-shm"];

test("a new database and its two files are 0600, in new folders of 0700", async () => {
  const folder = scratchFolder();
  const file = join(folder, "new", "deep", "secrets.db");
  const manager = await openManager(file);
  await manager.create("a", plantedValue());
  for (const suffix of suffixes) expect(modeOf(file + suffix)).toBe("600");
  expect(modeOf(dirname(file))).toBe("700");
  expect(modeOf(dirname(dirname(file)))).toBe("700");
});

test("the umask of the process does not widen the modes", async () => {
  const file = join(scratchFolder(), "new", "secrets.db");
  const agent = await startAgent();
  await agent.do("umask", 0);
  await agent.do("open", fileEnvironment(file));
  await agent.do("set", "a", { b: "c" });
  for (const suffix of suffixes) expect(modeOf(file + suffix)).toBe("600");
  expect(modeOf(dirname(file))).toBe("700");
});

test("a database that others can read is tightened, and its folder is the operator's", async () => {
  const folder = join(scratchFolder(), "shared");
  mkdirSync(folder, { mode: 0o755 });
  const file = join(folder, "secrets.db");
  await makeDatabase(file);
  chmodSync(file, 0o644);
  const manager = await openManager(file);
  await manager.create("a", plantedValue());
  for (const suffix of suffixes) expect(modeOf(file + suffix)).toBe("600");
  expect(modeOf(folder)).toBe("755");
});

test("the log and the index that a killed process or a backup left readable are tightened too", async () => {
  const folder = scratchFolder();
  const [original, file] = [join(folder, "original.db"), join(folder, "restored.db")];
  const manager = await openManager(original);
  await manager.create("a", { from: "log" });
  for (const suffix of suffixes) {
    copyFileSync(original + suffix, file + suffix);
    chmodSync(file + suffix, 0o644);
  }
  const restored = await openManager(file);
  expect((await restored.get("a"))?.value).toEqual({ from: "log" });
  for (const suffix of suffixes) expect(modeOf(file + suffix)).toBe("600");
});

test("nothing but the database is left when the last process closes it", async () => {
  const file = join(scratchFolder(), "secrets.db");
  const manager = await openManager(file);
  await manager.create("a", plantedValue());
  await manager.close();
  expect(suffixes.filter((suffix) => existsSync(file + suffix))).toEqual([""]);
});
