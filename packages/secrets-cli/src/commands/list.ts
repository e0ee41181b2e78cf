import type { SecretInfo } from "@archestra/secrets-core";
import { InvalidArgumentError } from "commander";
import { declareCommand } from "../program/declare-command.ts";
import type { RunCommand } from "../program/run-command.ts";

interface ListOptions {
  readonly limit?: number;
}

export const declareList = (run: RunCommand) =>
  declareCommand("list [prefix]", {
    summary: "List the names of secrets, with their managers and times.",
    examples: [
      ["archestra-secrets list", "Lists all secrets."],
      ["archestra-secrets list github/ --json", "Lists the secrets whose names begin with github/, as JSON."],
    ],
  })
    .option("--limit <count>", "List at most this many.", parseCount)
    .action(
      run<ListOptions>(async ({ output, openManager, signal }, { limit }, prefix = "") => {
        const manager = await openManager();
        const secrets: SecretInfo[] = [];
        for await (const secret of manager.list({ prefix, limit, signal })) secrets.push(secret);
        output.result(
          {
            secrets: secrets.map(({ name, manager, version, createdAt, updatedAt }) => ({
              name,
              manager,
              ...(version === undefined ? {} : { version }),
              ...(createdAt === undefined ? {} : { createdAt: createdAt.toISOString() }),
              ...(updatedAt === undefined ? {} : { updatedAt: updatedAt.toISOString() }),
            })),
          },
          (page) => {
            if (secrets.length === 0) return page.line("There are no secrets.");
            page.table(
              [{ title: "NAME", atLeast: 20 }, { title: "MANAGER" }, { title: "UPDATED" }],
              secrets.map(({ name, manager, updatedAt }) => [name, manager, updatedAt?.toISOString() ?? "-"]),
            );
          },
        );
      }),
    );

function parseCount(text: string): number {
  const count = Number(text);
  if (Number.isSafeInteger(count) && count > 0) return count;
  throw new InvalidArgumentError("It must be a whole number above 0.");
}
