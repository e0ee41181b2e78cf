import { declareCommand } from "../program/declare-command.ts";
import type { RunCommand } from "../program/run-command.ts";

export const declareDoctor = (run: RunCommand) =>
  declareCommand("doctor", {
    summary: "Examine the settings and the stores, and report each problem with its remedy.",
    description: [
      "Changes nothing: no table, key or file is created, and no credential is used up. A method that logs in to Vault does so once, and its token is revoked. Every part has a deadline, so the command ends within 10 seconds whatever hangs.",
      "Exit codes: 0 healthy, 1 degraded, 2 broken.",
    ],
    examples: [
      ["archestra-secrets doctor", "Examines the set-up of the environment on one screen."],
      ["archestra-secrets doctor --env-file .env --json", "Examines the settings of a file, as JSON."],
    ],
    json: [
      ["status", "healthy, degraded or broken"],
      [
        "manager.requested, .requestedBy, .used",
        "the requested manager, what requested it, and the manager in use",
      ],
      [
        "manager.fallback, .ownership, .strict",
        "why another manager is in use; which one keeps the ownership table; strict mode",
      ],
      [
        "variables[].variable, .plugin, .source, .file",
        "a variable, its plugin, and where its value comes from",
      ],
      ["variables[].value", "its value; absent where it must not be shown"],
      ["stores[].plugin, .state, .owns, .facts", "what each plugin reports about its store"],
      ["findings[].code, .severity, .store, .message", "a problem; severity is degraded or broken"],
      ["findings[].remedy", "what to do: command, a list of arguments; variable; text"],
    ],
  }).action(
    run(async (context) => {
      const { examineSetup } = await import("../doctor/examine-setup.ts");
      return examineSetup(context);
    }),
  );
