import { declareCommand } from "../program/declare-command.ts";
import type { RunCommand } from "../program/run-command.ts";
import type { RetireOptions } from "../rotate/retire.ts";
import type { SweepCommandOptions } from "../rotate/sweep.ts";

export const declareRotate = (run: RunCommand) =>
  declareCommand("rotate", {
    summary: "Change the encryption key of the database, with or without running applications.",
    description: [
      "`rotate status` names the next step at any time. The new secret is put into ARCHESTRA_SECRETS_ENCRYPTION_SECRET_PREVIOUS of every process first, and into ARCHESTRA_SECRETS_ENCRYPTION_SECRET in a second rollout.",
    ],
    examples: [
      ["archestra-secrets rotate status", "Shows the keys, their secrets, and the next step."],
      [
        "archestra-secrets rotate sweep --dry-run",
        "Counts the secrets under other keys than the current one.",
      ],
    ],
  })
    .addCommand(declareStatus(run))
    .addCommand(declareSweep(run))
    .addCommand(declareVerify(run))
    .addCommand(declareRetire(run));

const declareStatus = (run: RunCommand) =>
  declareCommand("status", {
    summary: "Show the encryption keys, the number of secrets under each, and the next step.",
    description: ["Nothing is changed."],
    examples: [
      ["archestra-secrets rotate status", "Shows a table of the keys, and the next step."],
      [
        "archestra-secrets rotate status --json --env-file app.env",
        "Prints the same as JSON, with these variables.",
      ],
    ],
    json: [
      ["rows", "the number of secrets in the database"],
      ["unencrypted", "the number of them that are not encrypted yet"],
      ["keyProven", "whether this process has a key of the database"],
      ["keys[].keyId, .rows", "a key, and the number of secrets under it"],
      ["keys[].current, .inRing", "whether the settings make it current; whether they contain it"],
      ["keys[].registeredLast", "whether it was registered last: its processes sweep"],
      ["keys[].registeredAt, .sweepDoneAt, .retiredAt", "times in ISO 8601; absent if it did not happen"],
      ["next.action", "restore-key, add-previous-key, start, sweep, retire, remove-previous-key or none"],
      [
        "next.keyId, .instruction, .command",
        "the key, what to do, and the command for it; absent if there is none",
      ],
    ],
  }).action(
    run(async (context) => {
      const { showStatus } = await import("../rotate/status.ts");
      return showStatus(context);
    }),
  );

const declareSweep = (run: RunCommand) =>
  declareCommand("sweep", {
    summary: "Encrypt every secret under the current key again.",
    description: [
      "Applications can read and write meanwhile: a concurrent write always wins. Versions and times of the secrets stay. Interrupted, the command continues when it is repeated. Exit code 1: not every secret is under the current key.",
    ],
    examples: [
      ["archestra-secrets rotate sweep --dry-run", "Counts the secrets that would be moved or would fail."],
      ["archestra-secrets rotate sweep", "Moves every secret to the current key."],
    ],
    json: [
      ["keyId", "the current key"],
      ["reencrypted", "secrets that were moved to it, or with --dry-run would be"],
      ["failed", "secrets that cannot be decrypted although their key is there"],
      ["unknown", "secrets under keys that the settings do not contain"],
      ["superseded", "whether another key was registered last meanwhile, which ended the sweep"],
      ["stillWritten", "whether other processes kept writing under another key"],
      ["done", "whether every secret is under the current key"],
      ["dryRun", "whether nothing was changed"],
    ],
  })
    .option("--dry-run", "Count, and change nothing.")
    .action(
      run<SweepCommandOptions>(async (context, options) => {
        const { sweep } = await import("../rotate/sweep.ts");
        return sweep(context, options);
      }),
    );

const declareVerify = (run: RunCommand) =>
  declareCommand("verify", {
    summary: "Decrypt every secret of the database, and report those that are not under the current key.",
    description: ["Nothing is changed. Exit code 1: a secret cannot be decrypted under the current key."],
    examples: [
      ["archestra-secrets rotate verify", "Decrypts every secret."],
      [
        "archestra-secrets rotate verify --env-file backup.env",
        "Proves that a restored backup can be decrypted.",
      ],
    ],
    json: [
      ["verified", "whether every secret can be decrypted under the current key"],
      ["rows", "the number of secrets"],
      ["states", "the number of secrets in each state"],
      [
        "exceptions[].name, .state, .keyId, .opens",
        "the first hundred that are not readable under the current key",
      ],
    ],
  }).action(
    run(async (context) => {
      const { verify } = await import("../rotate/verify.ts");
      return verify(context);
    }),
  );

const declareRetire = (run: RunCommand) =>
  declareCommand("retire <keyId>", {
    summary: "Retire a key that no secret is under any more.",
    description: [
      "A process whose current key is retired does not start any more. Retire a key when the last process that had it as its current key has ended, and after `rotate verify`.",
    ],
    examples: [
      ["archestra-secrets rotate retire fNkl9whWkOw", "Asks, and retires the key."],
      ["archestra-secrets rotate retire fNkl9whWkOw --yes", "Does not ask."],
    ],
    json: [["retired", "the id of the key"]],
  })
    .option("--yes", "Do not ask.")
    .action(
      run<RetireOptions>(async (context, options, keyId = "") => {
        const { retire } = await import("../rotate/retire.ts");
        return retire(context, options, keyId);
      }),
    );
