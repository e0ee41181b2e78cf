import type { RebindOptions } from "../migrate/rebind.ts";
import { declareCommand } from "../program/declare-command.ts";
import { parseCount } from "../program/parse-count.ts";
import type { RunCommand } from "../program/run-command.ts";
import { bulkJson } from "./migrate.ts";

export const declareReferences = (run: RunCommand) =>
  declareCommand("references", {
    summary: "Change what the ownership table records about secrets of other managers.",
    examples: [
      ["archestra-secrets references rebind --dry-run", "Shows which paths would be rewritten."],
      ["archestra-secrets references rebind --help", "Shows the options and examples."],
    ],
  }).addCommand(declareRebind(run));

const declareRebind = (run: RunCommand) =>
  declareCommand("rebind", {
    summary: "Rewrite the recorded paths after the location of the secrets was changed on purpose.",
    description: [
      "For a change of the prefix, the mount or the namespace in Vault. Copy the values to the new place with Vault's own tools first, and set the new place in the variables. A path is rewritten only if its value is at the new place. No value is moved.",
    ],
    examples: [
      ["archestra-secrets references rebind --dry-run", "Shows what would fail, and changes nothing."],
      ["archestra-secrets references rebind --prefix team-a/", "Rewrites the paths of some secrets."],
    ],
    json: [["done", "the number of rewritten paths, or with --dry-run of those to rewrite"], ...bulkJson],
  })
    .option("--prefix <prefix>", "Process only secrets whose names begin with this.")
    .option("--dry-run", "Show what would fail, and change nothing.")
    .option(
      "--concurrency <count>",
      "Process this many at the same time, at most 256. Default: 16.",
      parseCount,
    )
    .action(
      run<RebindOptions>(async (context, options) => {
        const { rebind } = await import("../migrate/rebind.ts");
        return rebind(context, options);
      }),
    );
