import { execFileSync } from "node:child_process";
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

test("a truncated database is reported as damaged, and is left unchanged", async () => {
  const whole = scratchFile();
  const cut = join(dirname(whole), "cut.db");
  await makeDatabase(whole);
  copyFileSync(whole, cut);
  truncateSync(cut, 5_000);
  const before = folderState(dirname(cut));
  const error = await failure(openManager(cut));
  expect(error).toMatchObject({ code: "INVALID_CONFIGURATION", reason: "DATABASE_DAMAGED" });
  expect(error.message).toContain(`The SQLite database ${cut} is damaged`);
  expect(error.message).toContain("move");
  expect(folderState(dirname(cut))).toEqual(before);
});

test("a file that is not a database is reported as such, and is left unchanged", async () => {
  const file = scratchFile();
  writeFileSync(
    file,
    "not a database, but a text that is longer than the first page's header of 100 bytes".repeat(9),
  );
  const before = folderState(dirname(file));
  const error = await failure(openManager(file));
  expect(error).toMatchObject({ code: "INVALID_CONFIGURATION", reason: "NOT_A_DATABASE" });
  expect(error.message).toContain(file);
  expect(folderState(dirname(file))).toEqual(before);
});

test("a device or a pipe in place of the database stops the start at once", async () => {
  const pipe = scratchFile();
  execFileSync("mkfifo", [pipe]);
  for (const file of [pipe, "/dev/null"]) {
    const error = await failure(openManager(file));
    expect(error).toMatchObject({ code: "INVALID_CONFIGURATION", reason: "DATABASE_NOT_WRITABLE" });
    expect(error.message).toContain("a device, a pipe or a socket");
  }
});

test("an error of SQLite while the manager is in use quotes neither the statement nor its parameters", async () => {
  const file = scratchFile();
  const manager = await openManager(file);
  execute(file, "DROP TABLE archestra_secrets");
  const error = await failure(manager.set("a", { token: plantedText() }));
  expect(error).toMatchObject({ code: "INTERNAL", operation: "set", manager: "DB", secretName: "a" });
  expect(error.cause).toEqual({ name: "Error", code: "ERR_SQLITE_ERROR" });
  expect(JSON.stringify(error)).not.toMatch(/insert|select|no such table/i);
});
