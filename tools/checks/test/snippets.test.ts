import { describe, expect, test } from "vitest";
import { commandsIn } from "../../docs/shell-commands.ts";
import { snippetProblems } from "../../docs/snippets.ts";

const block = (language: string, code: string) => `# Page\n\n\`\`\`${language}\n${code}\n\`\`\`\n`;
const problemsOf = async (text: string) => (await snippetProblems("page.md", text)).map(({ what }) => what);

describe("snippetProblems", () => {
  test("refuses code that does not come from a file", async () => {
    expect(await problemsOf(block("ts", "run();"))).toEqual(["is code that is neither compiled nor run"]);
    const embedded = `<!-- code: a.ts -->\n\n${block("ts", "run();")}\n<!-- /code -->\n`;
    expect(await problemsOf(embedded)).toEqual([]);
  });

  test("refuses an option, a command and an argument that the program does not have", async () => {
    const shell =
      "archestra-secrets list --colour red\narchestra-secrets rotate swep\narchestra-secrets rotate retire";
    expect(await problemsOf(block("sh", shell))).toEqual([
      expect.stringContaining("unknown option '--colour'"),
      expect.stringContaining("unknown command 'swep'"),
      expect.stringContaining("missing required argument"),
    ]);
    expect(await problemsOf(block("sh", "archestra-secrets rotate sweep --dry-run"))).toEqual([]);
  });

  test("parses commands within sentences", async () => {
    expect(await problemsOf("Run `archestra-secrets doctr` first.")).toEqual([
      expect.stringContaining("unknown command 'doctr'"),
    ]);
  });

  test("refuses a variable that no plugin declares", async () => {
    expect(await problemsOf(block("sh", "ARCHESTRA_DATABASE_URI=sqlite:a.db"))).toEqual([
      "has the variable ARCHESTRA_DATABASE_URI, which no plugin declares",
    ]);
  });

  test("refuses text that is called JSON", async () => {
    expect(await problemsOf(block("json", "{ a: 1 }"))).toEqual(["is not JSON"]);
    expect(await problemsOf(block("json", '{ "a": 1 }\n{ "a": 2 }'))).toEqual([]);
  });
});

test("commandsIn() separates commands, and drops assignments, comments and redirections", () => {
  const shell = 'A=1 first "two words" \\\n  --option # comment\nsecond | third <name> > file && fourth';
  expect(commandsIn(shell)).toEqual([
    ["first", "two words", "--option"],
    ["second"],
    ["third", "<name>"],
    ["fourth"],
  ]);
});
