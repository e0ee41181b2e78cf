import { chmodSync, existsSync, mkdirSync, readdirSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { startAgent } from "../support/agents.ts";
import { fileEnvironment, makeDatabase, openManager } from "../support/open-manager.ts";
import { copyElsewhere } from "../support/other-process.ts";
import { plantedValue } from "../support/planted.ts";
import { modeOf } from "../support/raw-database.ts";
import { recordedLogger } from "../support/recorded-logger.ts";
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

test.each([
  [0o644, "640"],
  [0o666, "660"],
  [0o604, "600"],
])(
  "a start closes a database of mode %o to other users, warns, and keeps the group's bits",
  async (mode, kept) => {
    const folder = join(scratchFolder(), "shared");
    mkdirSync(folder, { mode: 0o755 });
    const file = join(folder, "secrets.db");
    await makeDatabase(file);
    chmodSync(file, mode);
    const logger = recordedLogger();
    const manager = await openManager(file, {}, { logger });
    await manager.create("a", plantedValue());
    for (const suffix of suffixes) expect(modeOf(file + suffix)).toBe(kept);
    expect(modeOf(folder)).toBe("755");
    expect(logger.codes).toEqual(["ARCHESTRA_SECRETS_DATABASE_MODE"]);
    expect(logger.warnings[0]?.message).toContain(`Its mode is now ${kept}.`);
  },
);

test("a database that a group shares keeps its mode at every start, without a warning, and its log has the same", async () => {
  const file = join(scratchFolder(), "secrets.db");
  await makeDatabase(file);
  chmodSync(file, 0o660);
  for (let start = 0; start < 2; start++) {
    const logger = recordedLogger();
    const manager = await openManager(file, {}, { logger });
    await manager.set("a", plantedValue());
    for (const suffix of suffixes) expect(modeOf(file + suffix)).toBe("660");
    expect(logger.codes).toEqual([]);
    await manager.close();
  }
});

test("a start through a link changes the modes of the files beside the database, not beside the link", async () => {
  const folder = scratchFolder();
  const file = join(folder, "real", "secrets.db");
  const link = join(folder, "link.db");
  await makeDatabase(file);
  symlinkSync(file, link);
  const first = await openManager(file);
  await first.create("a", plantedValue());
  for (const suffix of suffixes) chmodSync(file + suffix, 0o644);
  await openManager(link);
  for (const suffix of suffixes) expect(modeOf(file + suffix)).toBe("640");
});

test("a start through a link to a file that does not exist makes that file", async () => {
  const folder = scratchFolder();
  const link = join(folder, "link.db");
  symlinkSync("target.db", link);
  const manager = await openManager(link);
  await manager.create("a", plantedValue());
  expect(modeOf(join(folder, "target.db"))).toBe("600");
  await manager.close();
  expect(readdirSync(folder).toSorted()).toEqual(["link.db", "target.db"]);
});

test("the log and the index that a killed process or a backup left readable are tightened too", async () => {
  const folder = scratchFolder();
  const [original, file] = [join(folder, "original.db"), join(folder, "restored.db")];
  const manager = await openManager(original);
  await manager.create("a", { from: "log" });
  // Copied by another process: reading the files by hand here would drop the locks of the open manager.
  for (const suffix of suffixes) {
    copyElsewhere(original + suffix, file + suffix);
    chmodSync(file + suffix, 0o604);
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
