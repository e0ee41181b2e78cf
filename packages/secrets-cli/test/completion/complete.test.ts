import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { runProgram } from "../support/program.ts";
import { completedFolder } from "./completed-folder.ts";

async function completed(...words: string[]): Promise<string[]> {
  const { exitCode, stdout, stderr } = await runProgram(["complete", "--words", "--", ...words]);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  const lines = stdout.trimEnd().split("\n");
  return lines.filter((line) => !line.startsWith(":")).map((line) => line.split("\t")[0] ?? "");
}

test("complete answers with commands, subcommands, options and choices, and never with names of secrets", async () => {
  expect(await completed("ro")).toEqual(["rotate"]);
  expect(await completed("rotate", "")).toEqual(["status", "sweep", "verify", "retire", "help"]);
  expect(await completed("migrate", "--wr")).toEqual(["--writers-stopped"]);
  expect(await completed("--env-file", "a.env", "list", "--js")).toEqual(["--json"]);
  expect(await completed("policy", "--role", "")).toEqual(["reader", "writer", "migrator"]);
  expect(await completed("complete", "z")).toEqual(["zsh"]);
  expect(await completed("get", "")).toEqual([]);
});

test("the script of bash completes in a real bash, and evaluates nothing that was typed", async () => {
  const { folder, env } = await completedFolder("bash");
  const complete = (...words: string[]) => {
    // Twice, as a login does whose files both contain it.
    const steps = `source script.bash; source script.bash; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _archestra_secrets; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const options = { cwd: folder, env, encoding: "utf8" } as const;
    return execFileSync("bash", ["--norc", "-eu", "-c", steps, "bash", ...words], options)
      .trimEnd()
      .split("\n");
  };
  expect(complete("archestra-secrets", "schema", "p")).toEqual(["pending", "print"]);
  expect(complete("archestra-secrets", "list", "--lim")).toEqual(["--limit"]);
  expect(complete("archestra-secrets", "get", "$(touch evaluated)", "--rev")).toEqual(["--reveal"]);
  expect(existsSync(join(folder, "evaluated"))).toBe(false);
});

test("complete prints a script for each shell, and refuses another one", async () => {
  for (const shell of ["bash", "zsh", "fish"]) {
    const { stdout } = await runProgram(["complete", shell, "--json"]);
    expect(JSON.parse(stdout).result).toEqual({
      shell,
      script: expect.stringContaining("complete --words -- "),
    });
  }
  expect((await runProgram(["complete", "fish"])).stdout).toContain("-l env-file -r -F\n");
  expect((await runProgram(["complete", "tcsh"])).exitCode).toBe(64);
  expect((await runProgram(["complete"])).exitCode).toBe(64);
});
