import { execFileSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { bin } from "./support/program.ts";

/** A copy of the program, as it is installed. */
function installedProgram(): { readonly program: string; readonly folder: string; list(): string } {
  const root = mkdtempSync(join(tmpdir(), "secrets-cli-"));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const program = join(root, "dist");
  cpSync(dirname(bin), program, {
    recursive: true,
    filter: (path) => !path.endsWith(".map"),
  });
  symlinkSync(join(dirname(bin), "../node_modules"), join(root, "node_modules"));
  symlinkSync(join(dirname(bin), "../package.json"), join(root, "package.json"));
  return {
    program,
    folder: join(root, "compiled-code"),
    list: () =>
      execFileSync(
        "sh",
        ["-c", 'umask 0; exec "$0" "$@"', process.execPath, join(program, "bin.js"), "env"],
        {
          encoding: "utf8",
          env: { PATH: process.env.PATH ?? "" },
        },
      ),
  };
}

test("the compiled code is kept in the folder of the program, which only its user can read, whatever the umask is", () => {
  const { folder, list } = installedProgram();
  const first = list();
  expect(statSync(folder).mode & 0o777).toBe(0o700);
  expect(readdirSync(folder, { recursive: true }).length).toBeGreaterThan(1);
  expect(list()).toBe(first);
});

test("the program works where its compiled code cannot be kept", () => {
  const { folder, list } = installedProgram();
  writeFileSync(folder, "a file");
  expect(list()).toContain("ARCHESTRA_DATABASE_URL");
  expect(statSync(folder).isFile()).toBe(true);
});

test("--version keeps no compiled code", () => {
  const { program, folder } = installedProgram();
  execFileSync(process.execPath, [join(program, "bin.js"), "--version"]);
  expect(existsSync(folder)).toBe(false);
});
