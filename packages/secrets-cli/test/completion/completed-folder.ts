import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { bin, runProgram } from "../support/program.ts";
import { sqliteSettings } from "../support/sqlite-settings.ts";

/** A folder with the script of a shell, a file `settings.env`, and the program in the path of `env`. */
export async function completedFolder(shell: string) {
  const settings = sqliteSettings();
  onTestFinished(() => settings[Symbol.asyncDispose]());
  const { folder } = settings;
  mkdirSync(join(folder, "bin"));
  const wrapper = `#!/bin/sh\nexec ${process.execPath} ${bin} "$@"\n`;
  writeFileSync(join(folder, "bin/archestra-secrets"), wrapper, { mode: 0o755 });
  writeFileSync(join(folder, `script.${shell}`), (await runProgram(["complete", shell])).stdout);
  writeFileSync(join(folder, "settings.env"), "");
  const env = { PATH: `${join(folder, "bin")}:${process.env.PATH}`, HOME: folder, TERM: "xterm" };
  return { folder, env };
}
