import type { Command } from "commander";
import { describe, expect, test } from "vitest";
import { commandHelp } from "../src/program/declare-command.ts";
import { nameOf } from "../src/program/run-command.ts";
import { createProgram, runProgram } from "../src/program/run-program.ts";

function commandsOf(command: Command): Command[] {
  return command.commands.flatMap((each) => [each, ...commandsOf(each)]);
}

const all = commandsOf(createProgram(() => async () => undefined)).map(
  (command) => [nameOf(command), command] as const,
);

describe.each(all)("the help of %s", (name, command) => {
  test("has two examples of the command, and describes the JSON result of what is not a group", () => {
    const { examples = [], json = [] } = commandHelp(command) ?? {};
    expect(examples.length).toBeGreaterThanOrEqual(2);
    for (const [example] of examples) expect(example).toContain("archestra-secrets ");
    expect(json.length > 0).toBe(command.commands.length === 0 || name === "migrate");
  });

  test("fits 80 columns", async () => {
    const text = await helpOn80Columns(name.split(" "));
    expect(text).toContain("Examples:");
    expect(linesWiderThan80(text)).toEqual([]);
  });
});

test("the help of the program fits 80 columns", async () => {
  const text = await helpOn80Columns([]);
  expect(text).toContain("  delete <name> ");
  expect(linesWiderThan80(text)).toEqual([]);
});

async function helpOn80Columns(command: readonly string[]): Promise<string> {
  let text = "";
  const stdout = { write: (part: string) => (text += part), isTTY: true, columns: 80 };
  expect(await runProgram([...command, "--help"], { stdout, env: {} })).toBe(0);
  return text;
}

function linesWiderThan80(text: string): string[] {
  return text.split("\n").filter((line) => line.length > 80);
}
