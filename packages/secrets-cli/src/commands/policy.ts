import { Option } from "commander";
import { declareCommand } from "../program/declare-command.ts";
import type { RunCommand } from "../program/run-command.ts";
import type { PolicyOptions } from "../variables/show-policy.ts";

export const declarePolicy = (run: RunCommand) =>
  declareCommand("policy", {
    summary: "Print the Vault policy of a role, with the paths of these settings.",
    description: [
      "reader: an application that reads and lists. writer: an application that makes every call. migrator: `migrate` and `migrate finalize`. A start and `doctor` report what a reader or a migrator lacks of a writer's permissions, which is intended. Standard output has nothing but HCL. Vault is not opened.",
    ],
    examples: [
      [
        "archestra-secrets policy --role writer | vault policy write app -",
        "Writes the policy of an application.",
      ],
      [
        "archestra-secrets policy --role reader --with-token-rules",
        "Prints a policy that needs no policy `default`.",
      ],
    ],
    json: [
      ["role", "the role"],
      ["namespace", "the namespace to which the policy belongs; absent without namespaces"],
      ["policy", "the policy in HCL"],
    ],
  })
    .addOption(
      new Option("--role <role>", "The role.")
        .choices(["reader", "writer", "migrator"])
        .makeOptionMandatory(),
    )
    .option("--with-token-rules", "Add what a token needs that lacks Vault's policy `default`.")
    .action(
      run<PolicyOptions>(async (context, options) => {
        const { showPolicy } = await import("../variables/show-policy.ts");
        return showPolicy(context, options);
      }),
    );
