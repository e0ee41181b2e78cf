import { startVault } from "@archestra/test-servers/vault-server";
import { describeVault } from "@archestra/test-servers/vault-tests";
import type { Command } from "commander";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { commandHelp } from "../../src/program/declare-command.ts";
import { nameOf } from "../../src/program/run-command.ts";
import { createProgram } from "../../src/program/run-program.ts";
import { silentServer } from "../doctor/broken-setup.ts";
import { type CommandCase, commandCases, type PrepareCase } from "./command-cases.ts";
import { envFile, PlantedSetup } from "./planted-setup.ts";
import { type WatchedRun, watchedRun } from "./watched-run.ts";

/** Every command that does something by itself, as the program declares it. */
function declaredCommands(command: Command = createProgram(() => async () => undefined)): Command[] {
  const own = commandHelp(command)?.json === undefined ? [] : [command];
  return [...own, ...command.commands.flatMap(declaredCommands)];
}

/** The options of a command whose argument names a file, without those of its result. */
function fileOptions(command: Command): string[] {
  const inputs = command.options.filter(
    ({ flags }) => /<file>/.test(flags) && !/--(out|state)\b/.test(flags),
  );
  return inputs.map(({ long }) => long ?? "");
}

let setup: PlantedSetup;
let next = 0;

describe.skipIf(inject("postgresUrl") === undefined || process.platform !== "linux")(
  "with planted secrets",
  () => {
    describeVault("in PostgreSQL and Vault", () => {
      beforeAll(async () => {
        setup = await PlantedSetup.create(inject("postgresUrl") ?? "", await startVault());
      });
      afterAll(() => setup.close());

      test("each command of the program has a succeeding and a failing case", () => {
        expect(Object.keys(commandCases).toSorted()).toEqual(declaredCommands().map(nameOf).toSorted());
        for (const { succeeding, failing } of Object.values(commandCases)) {
          expect(Math.min(succeeding.length, failing.length)).toBeGreaterThan(0);
        }
      });

      test.concurrent.each(Object.entries(commandCases))(
        "%s shows no secret when it succeeds or fails, as text or as JSON, in a file or in the list of processes",
        async (name, { succeeding, failing }) => {
          const used = new Set<string>();
          for (const prepare of [...succeeding, ...failing]) {
            const variants = await Promise.all([false, true].map((json) => runCase(prepare, json)));
            for (const { args } of variants.flat()) for (const arg of args) used.add(arg);
          }
          const command = declaredCommands().find((one) => nameOf(one) === name);
          expect([...used]).toEqual(
            expect.arrayContaining(command === undefined ? [""] : fileOptions(command)),
          );
        },
      );

      test("a command that is killed while its servers hang shows no secret and leaves none in a file", async () => {
        for (const command of ["list", "import", "export", "run", "migrate", "rotate sweep"]) {
          const { url, connected } = await silentServer();
          const silent = new URL(setup.env.ARCHESTRA_DATABASE_URL ?? "");
          silent.port = new URL(url).port;
          const { args, input } = hangingCases[command] ?? { args: command.split(" ") };
          const run = await watchedRun({
            args,
            env: { ...setup.env, ARCHESTRA_DATABASE_URL: silent.href },
            input,
            fed: { "secrets.json": JSON.stringify({ app: { token: setup.hidden.text("imported") } }) },
            onStart: (pid) => void connected.then(() => process.kill(pid, "SIGKILL")),
          });
          expect(run.exitCode, command).toBe("SIGKILL");
          expectNothingShown(command, run);
        }
      });
    });
  },
);

const hangingCases: Readonly<Record<string, { readonly args: readonly string[]; readonly input?: string }>> =
  {
    import: { args: ["import", "--from-json", "secrets.json"] },
    export: { args: ["export", "--out", "out.json"] },
    run: { args: ["run", "A=app#token", "--", "true"] },
    migrate: { args: ["migrate", "--to", "VAULT"] },
  };

async function runCase(prepare: PrepareCase, json: boolean): Promise<CommandCase[]> {
  const id = String(next++);
  const one = await prepare(setup, id);
  if (json && one.json === "never") return [];
  const { args, files = {}, env = setup.env, input, exitCode } = one;
  const options = ["--env-file", "settings.env", ...(json ? ["--json"] : [])];
  const run = await watchedRun({
    args: [...options, ...args],
    input,
    fed: { ...files, "settings.env": envFile(env) },
  });
  const what = `${args.join(" ")}${json ? ", as JSON" : ""}`;
  expect(run.exitCode, `${what}\n${run.stdout}${run.stderr}`).toBe(exitCode);
  if (!args.includes("complete")) expect(run.held, what).toContain("settings.env");
  expectNothingShown(what, run, one);
  if (json && exitCode !== 64 && !args.includes("--words")) {
    expect(JSON.parse(run.stdout), what).toMatchObject({ command: expect.any(String) });
  }
  return [one];
}

function expectNothingShown(
  what: string,
  { stdout, stderr, processes, files }: WatchedRun,
  { shows = [], holds = [] }: Pick<CommandCase, "shows" | "holds"> = {},
): void {
  const { hidden } = setup;
  expect(hidden.shownIn(stdout).toSorted(), `standard output of ${what}`).toEqual([...shows].toSorted());
  expect(hidden.shownIn(stderr), `standard error of ${what}`).toEqual([]);
  expect(processes.length, `processes of ${what}`).toBeGreaterThan(0);
  expect(hidden.shownIn(processes.join("\n")), `processes of ${what}`).toEqual([]);
  for (const [name, content] of files) {
    if (holds.includes(name)) expect(hidden.shownInFile(content), `${name} of ${what}`).not.toEqual([]);
    else expect(hidden.shownInFile(content), `${name} of ${what}`).toEqual([]);
  }
}
