import type { SecretInfo } from "@archestra/secrets-core";
import { declareCommand } from "../program/declare-command.ts";
import { parseCount } from "../program/parse-count.ts";
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
    json: [
      ["secrets[].name", "the name"],
      ["secrets[].manager", "the manager that owns it"],
      ["secrets[].version", "its version; absent where the manager has none"],
      [
        "secrets[].createdAt, .updatedAt",
        "its times in ISO 8601; absent where the manager does not know them",
      ],
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
