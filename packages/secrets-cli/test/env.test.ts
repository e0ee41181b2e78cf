import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { expect, test } from "vitest";
import { bin, runProgram } from "./support/program.ts";
import { sqliteSettings } from "./support/sqlite-settings.ts";

interface Variable {
  readonly name: string;
  readonly plugins: readonly string[];
  readonly [key: string]: unknown;
}

async function variables(...args: string[]): Promise<readonly Variable[]> {
  const { stdout } = await runProgram(["env", "--json", ...args]);
  return JSON.parse(stdout).result.variables;
}

test("env lists each variable of core and of all plugins once, with its rules", async () => {
  const listed = await variables();
  const names = listed.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  const find = (name: string) => listed.find((variable) => variable.name === name);
  expect(find("ARCHESTRA_SECRETS_MANAGER")).toMatchObject({
    plugins: [],
    default: "DB",
    values: ["DB", "VAULT"],
  });
  expect(find("ARCHESTRA_SECRETS_ENCRYPTION_SECRET")).toMatchObject({
    plugins: ["DB"],
    required: true,
    requiredUnless: "ARCHESTRA_AUTH_SECRET",
    secret: true,
    fileVariable: "ARCHESTRA_SECRETS_ENCRYPTION_SECRET_FILE",
  });
  expect(find("ARCHESTRA_HASHICORP_VAULT_AUTH_METHOD")).toMatchObject({
    values: expect.arrayContaining(["TOKEN", "AGENT", "APPROLE", "K8S", "AWS", "JWT"]),
  });
  const { stdout } = await runProgram(["env"], { env: { COLUMNS: "80" } });
  const lines = stdout.split("\n");
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
  for (const name of names) expect(lines).toContain(`  ${name}`);
});

test("env lists the variables of a plugin that --plugin names", async () => {
  await using settings = sqliteSettings();
  const file = join(settings.folder, "plugin.mjs");
  const core = import.meta.resolve("@archestra/secrets-core/plugin");
  writeFileSync(
    file,
    `import { backend, definePlugin, variable } from ${JSON.stringify(core)};
     export const filesPlugin = () => definePlugin({ kind: backend, id: "FILES", contractVersion: 1,
       settings: { folder: variable("FILES_FOLDER", { required: true, description: "The folder." }) },
       create: () => { throw new Error("not opened"); } });`,
  );
  const found = (await variables("--plugin", file)).find(({ name }) => name === "FILES_FOLDER");
  expect(found).toEqual({
    name: "FILES_FOLDER",
    plugins: ["FILES"],
    required: true,
    secret: false,
    description: "The folder.",
  });
});

test("the template of env assigns nothing but required variables, and those are empty", async () => {
  const { stdout } = await runProgram(["env", "--format", "env"]);
  const assigned = parseEnv(stdout);
  expect(Object.keys(assigned).sort()).toEqual(
    (await variables())
      .filter(({ required }) => required)
      .map(({ name }) => name)
      .sort(),
  );
  expect(new Set(Object.values(assigned))).toEqual(new Set([""]));
  expect(stdout).toContain("\n# ARCHESTRA_DATABASE_POOL_MAX=10\n");
  expect((await runProgram(["env", "--format", "yaml"])).exitCode).toBe(64);
});

test("a closed standard output ends the program without a stack trace", async () => {
  const child = spawn(process.execPath, [bin, "env"], { env: { PATH: process.env.PATH } });
  child.stdout.destroy();
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const [exitCode] = await once(child, "close");
  expect({ exitCode, stderr }).toEqual({ exitCode: 141, stderr: "" });
});
