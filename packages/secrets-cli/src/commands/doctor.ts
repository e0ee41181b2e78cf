import { declareCommand } from "../program/declare-command.ts";
import type { GlobalOptions, RunCommand } from "../program/run-command.ts";

export const declareDoctor = (run: RunCommand) =>
  declareCommand("doctor", {
    summary: "Examine the settings and the stores, and report each problem with its remedy.",
    description: [
      "Changes nothing: no table, key or file is created, and no credential is used up. A method that logs in to Vault does so once, and its token is revoked. Every part has a deadline, so the command ends within 10 seconds whatever hangs.",
      "Exit codes: 0 healthy, 1 degraded, 2 broken.",
      "With --json, the result has `status` (healthy, degraded or broken), `manager` (requested, requestedBy, used, fallback, ownership, strict), `variables` (variable, plugin, source, file, value; a value that must not be shown is left out), `stores` (plugin, state, owns, facts) and `findings` (code, severity, store, message, and a remedy with command, variable or text). `remedy.command` is a list of arguments.",
    ],
    examples: [
      ["archestra-secrets doctor", "Examines the set-up of the environment on one screen."],
      ["archestra-secrets doctor --env-file .env --json", "Examines the settings of a file, as JSON."],
    ],
  }).action(
    run<GlobalOptions>(async (context, options) => {
      const { examineSetup } = await import("../doctor/examine-setup.ts");
      return examineSetup(context, options);
    }),
  );
