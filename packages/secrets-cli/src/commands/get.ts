import type { JsonValue } from "@archestra/secrets-core/plugin";
import { CommandError } from "../program/command-error.ts";
import { declareCommand } from "../program/declare-command.ts";
import { exitCodes } from "../program/exit-codes.ts";
import type { RunCommand } from "../program/run-command.ts";

interface GetOptions {
  readonly field?: string;
  readonly reveal?: boolean;
}

const MASK = "********";

export const declareGet = (run: RunCommand) =>
  declareCommand("get <name>", {
    summary: "Show a secret: its fields, with their values masked unless --reveal is given.",
    description: ["With --field and --reveal, the text of one field is printed and nothing else."],
    examples: [
      ["archestra-secrets get github/token", "Shows the fields of a secret, without their values."],
      ["archestra-secrets get github/token --field token --reveal", "Prints one value."],
    ],
    json: [
      ["name", "the name"],
      ["manager", "the manager that owns it"],
      ["version, updatedAt", "its version and time; absent where the manager does not know them"],
      ["value", "the fields; each value is ******** unless --reveal is given"],
    ],
  })
    .option("--field <field>", "Show one field alone.")
    .option("--reveal", "Show the values.")
    .action(
      run<GetOptions>(async ({ output, openManager, signal }, { field, reveal = false }, name = "") => {
        const manager = await openManager();
        const secret = await manager.get(name, { signal });
        if (secret === undefined) throw absent("NOT_FOUND", "The secret does not exist.");
        const value = secret.value as { readonly [field: string]: JsonValue };
        if (field !== undefined && !Object.hasOwn(value, field)) {
          throw absent("FIELD_NOT_FOUND", "The secret exists, and has no such field.");
        }
        const shown = Object.entries(value)
          .filter(([key]) => field === undefined || key === field)
          .map(([key, content]) => [key, reveal ? content : MASK] as const);
        const { manager: owner, version, updatedAt } = secret;
        output.result(
          {
            name,
            manager: owner,
            ...(version === undefined ? {} : { version }),
            ...(updatedAt === undefined ? {} : { updatedAt: updatedAt.toISOString() }),
            value: Object.fromEntries(shown),
          },
          (page) => {
            const texts = shown.map(([key, content]) => [key, textOf(content)] as const);
            const [only] = texts;
            if (field !== undefined && only !== undefined) return page.raw(only[1]);
            page.pairs([
              ["name", name],
              ["manager", owner],
              ["updated", updatedAt?.toISOString() ?? "unknown"],
            ]);
            page.line();
            page.pairs(texts);
          },
        );
      }),
    );

function textOf(content: JsonValue): string {
  return typeof content === "string" ? content : JSON.stringify(content);
}

function absent(code: string, message: string): CommandError {
  return new CommandError(code, message, exitCodes.notFound);
}
