import { copyFileSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { failure } from "../support/failure.ts";
import { makeDatabase, openManager } from "../support/open-manager.ts";
import { plantedText } from "../support/planted.ts";
import { execute, folderState } from "../support/raw-database.ts";
import { scratchFile, scratchFolder } from "../support/scratch-folder.ts";

test.each([
  ["below a file", "plain-file/deep/secrets.db", /ENOTDIR|EEXIST/],
  ["in a folder of the system that takes no files", "/proc/archestra/secrets.db", /ENOENT|EACCES/],
  ["behind a link to nowhere", "link/secrets.db", /ENOENT|EEXIST/],
])("a database %s stops the start, and the message says what to do", async (_, path, why) => {
  const folder = scratchFolder();
  writeFileSync(join(folder, "plain-file"), "a file");
  symlinkSync(join(folder, "nowhere"), join(folder, "link"));
  const before = folderState(folder);
  const file = path.startsWith("/") ? path : join(folder, path);
  const error = await failure(openManager(file));
  expect(error).toMatchObject({ code: "INVALID_CONFIGURATION", reason: "DATABASE_NOT_WRITABLE" });
  expect(error.message).toContain(file);
  expect(error.message).toMatch(why);
  expect(error.message).toContain("ARCHESTRA_DATABASE_URL=sqlite:");
  expect(folderState(folder)).toEqual(before);
});

test("a database that was cut short is called damaged, and is left for its restoration", async () => {
  const whole = scratchFile();
  const cut = join(dirname(whole), "cut.db");
  await makeDatabase(whole);
  copyFileSync(whole, cut);
  truncateSync(cut, 5_000);
  const before = folderState(dirname(cut));
  const error = await failure(openManager(cut));
  expect(error).toMatchObject({ code: "INVALID_CONFIGURATION", reason: "NOT_A_DATABASE" });
  expect(error.message).toContain("damaged SQLite database");
  expect(error.message).toContain("Restore it from a backup");
  expect(folderState(dirname(cut))).toEqual(before);
});

test("an error of SQLite while the manager is in use quotes neither the statement nor what it was about", async () => {
  const file = scratchFile();
  const manager = await openManager(file);
  execute(file, "DROP TABLE archestra_secrets");
  const error = await failure(manager.set("a", { token: plantedText() }));
  expect(error).toMatchObject({ code: "INTERNAL", operation: "set", manager: "DB", secretName: "a" });
  expect(error.cause).toEqual({ name: "Error", code: "ERR_SQLITE_ERROR" });
  expect(JSON.stringify(error)).not.toMatch(/insert|select|no such table/i);
});
