import { execFileSync, spawnSync } from "node:child_process";

/**
 * Runs a program in a process of its own, with `node:sqlite` as `DatabaseSync` and the parameters as `parameters`, and waits
 * for its end.
 *
 * @param source the statements of the program, a CommonJS module
 * @returns what it printed
 */
export function runInOtherProcess(source: string, ...parameters: readonly string[]): string {
  const program = `
    const { DatabaseSync } = require("node:sqlite");
    const parameters = process.argv.slice(1);
    ${source}`;
  const flags = ["--disable-warning=ExperimentalWarning", "--eval", program, "--", ...parameters];
  return execFileSync(process.execPath, flags, { encoding: "utf8" });
}

/** Backs up a database as the program `sqlite3` does, in a process of its own, which opens the file and closes it again. */
export function backUp(file: string, backup: string): void {
  runInOtherProcess(
    `const database = new DatabaseSync(parameters[0]);
    database.prepare("VACUUM INTO ?").run(parameters[1]);
    database.close();`,
    file,
    backup,
  );
}

/** Whether the program `sqlite3` is here; the SQLite in it is often older than that of Node. */
export const hasSqliteProgram = spawnSync("sqlite3", ["--version"]).status === 0;

/** The same as `backUp` with the program `sqlite3` itself. */
export function backUpWithProgram(file: string, backup: string): void {
  execFileSync("sqlite3", [file, `VACUUM INTO '${backup}'`]);
}

/** Copies a file in another process, since a copy opens the file by hand and closes it. */
export function copyElsewhere(from: string, to: string): void {
  runInOtherProcess(`require("node:fs").copyFileSync(...parameters)`, from, to);
}
