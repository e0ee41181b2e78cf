import type { SecretRevision } from "@archestra/secrets-core";
import { assertSecretName } from "@archestra/secrets-core/plugin";
import { CommandError } from "../program/command-error.ts";
import { declareCommand } from "../program/declare-command.ts";
import { exitCodes } from "../program/exit-codes.ts";
import type { RunCommand } from "../program/run-command.ts";

export const declareHistory = (run: RunCommand) =>
  declareCommand("history <name>", {
    summary: "List the versions of a secret that its store keeps, without values.",
    description: [
      "Only KV version 2 of Vault keeps older versions. A version that another program deleted can be restored with Vault's own program; one that is destroyed cannot. Exit code 3: there is no record of the secret.",
    ],
    examples: [
      ["archestra-secrets history github/token", "Lists the versions of a secret."],
      ["archestra-secrets history github/token --json", "Lists them as JSON."],
    ],
    json: [
      ["name", "the secret"],
      ["versions[].version, .state", "a version, the newest first; state is present, deleted or destroyed"],
      [
        "versions[].createdAt, .deletedAt",
        "its times in ISO 8601; absent where the store does not know them",
      ],
    ],
  }).action(
    run(async ({ output, openManager, signal }, _options, name = "") => {
      assertSecretName(name);
      const manager = await openManager();
      const revisions = await manager.history(name, { signal });
      if (revisions.length === 0) {
        throw new CommandError(
          "NOT_FOUND",
          "There is no secret of this name, and no record of one.",
          exitCodes.notFound,
        );
      }
      output.result({ name, versions: revisions.map(describe) }, (page) => {
        page.table(
          [{ title: "VERSION", atLeast: 12 }, { title: "STATE" }, { title: "CREATED" }],
          revisions.map(({ version, state, createdAt }) => [version, state, createdAt?.toISOString() ?? "-"]),
        );
      });
    }),
  );

function describe({ version, state, createdAt, deletedAt }: SecretRevision) {
  return {
    version,
    state,
    ...(createdAt === undefined ? {} : { createdAt: createdAt.toISOString() }),
    ...(deletedAt === undefined ? {} : { deletedAt: deletedAt.toISOString() }),
  };
}
