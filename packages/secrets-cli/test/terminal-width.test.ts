import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describeVault } from "@archestra/test-servers/vault-tests";
import type { Command } from "commander";
import { expect, test } from "vitest";
import { nameOf } from "../src/program/run-command.ts";
import { createProgram } from "../src/program/run-program.ts";
import { runOnTerminal } from "./support/terminal.ts";
import { vaultSettings } from "./support/vault-settings.ts";

/** A run that shows what a command writes. `FOLDER` is replaced by the folder of the test. */
interface ShownRun {
  readonly args: readonly string[];
  readonly exitCode: number;
  readonly typed?: string;
}

/** As long as fits behind the label `name`: a longer one continues on the next line, so that it can be copied. */
const LONG_NAME = "team/application-with-a-long-name/production/europe-west/credentials";

/** At least one run of every command that has an action, in an order in which each one has something to show. */
const runs: readonly ShownRun[] = [
  { args: ["import", "--from-json", "FOLDER/secrets.json"], exitCode: 0 },
  { args: ["import", "--from-json", "FOLDER/changed.json"], exitCode: 1 },
  { args: ["set", "app/new", "--field", "token", "--value-file", "FOLDER/value"], exitCode: 0 },
  { args: ["list"], exitCode: 0 },
  { args: ["get", LONG_NAME], exitCode: 0 },
  { args: ["get", "app/database", "--field", "password", "--reveal"], exitCode: 0 },
  { args: ["get", "nothing"], exitCode: 3 },
  { args: ["history", LONG_NAME], exitCode: 0 },
  { args: ["export", "app/"], exitCode: 0 },
  { args: ["doctor"], exitCode: 0 },
  { args: ["migrate", "--from", "VAULT", "--to", "DB", "--dry-run"], exitCode: 0 },
  { args: ["migrate", "--from", "VAULT", "--to", "DB"], exitCode: 0 },
  { args: ["migrate", "finalize", "--dry-run"], exitCode: 0 },
  { args: ["migrate", "--from", "DB", "--to", "NOTHING"], exitCode: 1 },
  {
    args: ["migrate", "database", "--from-env-file", "FOLDER/a.env", "--to-env-file", "FOLDER/a.env"],
    exitCode: 1,
  },
  { args: ["migrate", "release", "--from-env-file", "FOLDER/a.env", "--yes"], exitCode: 0 },
  { args: ["references", "rebind", "--dry-run"], exitCode: 0 },
  { args: ["rotate", "status"], exitCode: 0 },
  { args: ["rotate", "sweep"], exitCode: 0 },
  { args: ["rotate", "verify"], exitCode: 0 },
  { args: ["rotate", "retire", "nothing", "--yes"], exitCode: 1 },
  { args: ["schema", "migrate"], exitCode: 0 },
  { args: ["schema", "pending"], exitCode: 0 },
  { args: ["schema", "print", "--dialect", "postgres", "--schema", "vault"], exitCode: 0 },
  { args: ["schema", "grants", "--role", "app"], exitCode: 0 },
  { args: ["run", "TOKEN=app/database#password", "--", "true"], exitCode: 0 },
  { args: ["run", "--prefix", "app/", "--out", "FOLDER/out.env"], exitCode: 125 },
  { args: ["env"], exitCode: 0 },
  { args: ["policy", "--role", "migrator"], exitCode: 0 },
  { args: ["complete", "zsh"], exitCode: 0 },
  { args: ["delete", "app/database", "--yes"], exitCode: 0 },
  { args: ["delete", "app/new"], exitCode: 1, typed: "n\n" },
  { args: ["list", "too", "many", "arguments"], exitCode: 64 },
];

test("every command is among the runs", () => {
  const declared = leavesOf(createProgram(() => async () => undefined)).map(nameOf);
  const run = declared.filter((name) => runs.some(({ args }) => args.join(" ").startsWith(name)));
  expect(run).toEqual(declared);
});

describeVault("on a terminal", () => {
  test.each([80, 120])("of %i columns, no command writes a line that is wider", async (columns) => {
    const { env, folder } = await vaultSettings();
    writeFiles(folder, env);
    const shown = [];
    for (const { args, typed = "" } of runs) {
      const given = args.map((arg) => arg.replace("FOLDER", folder));
      const { exitCode, screen } = await runOnTerminal(given, { env, columns, typed });
      const tooWide = screen.lines.filter(({ isWrapped }) => isWrapped).map(({ text }) => text);
      shown.push({ command: args.join(" "), exitCode, tooWide });
    }
    expect(shown).toEqual(
      runs.map(({ args, exitCode }) => ({ command: args.join(" "), exitCode, tooWide: [] })),
    );
  });
});

function writeFiles(folder: string, env: Readonly<Record<string, string>>): void {
  const database = { password: "a", port: 5432, hosts: ["b", "c"] };
  const files = {
    "secrets.json": JSON.stringify({ "app/database": database, [LONG_NAME]: { token: "d" } }),
    "changed.json": JSON.stringify({
      "app/database": { password: "other" },
      "\u202enot a name": { token: "d" },
    }),
    "a.env": `ARCHESTRA_DATABASE_URL=${env.ARCHESTRA_DATABASE_URL}\n`,
    value: "e\n",
  };
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
}

function leavesOf(command: Command): Command[] {
  const below = command.commands.flatMap(leavesOf);
  return command.commands.length === 0 || nameOf(command) === "migrate" ? [command, ...below] : below;
}
