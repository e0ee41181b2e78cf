import { InvalidArgumentError, Option } from "commander";
import { declareCommand } from "../program/declare-command.ts";
import type { RunCommand } from "../program/run-command.ts";
import type { RunOptions } from "../run/run.ts";

export const declareRun = (run: RunCommand) =>
  declareCommand("run [mapping...]", {
    summary: "Run a command with fields of secrets as environment variables.",
    description: [
      'A mapping is NAME=secret#field, which is split at the first `=` and the last `#`. NAME=vault:path#key reads a secret in any folder of Vault, such as one of another team; nothing is written there. Everything else is mapped in the JSON file of --map: { "NAME": "secret#field" }, or { "NAME": { "secret": …, "field": … } }, with "vault" instead of "secret" for a path, and with "as": "json" for a field that is an object, a list or null. A mapping wins over the file, and both over --prefix.',
      "The command starts when every variable is read, or not at all. It receives the environment of this program without the secret settings of plugins, such as ARCHESTRA_SECRETS_ENCRYPTION_SECRET, ARCHESTRA_DATABASE_URL and Vault's token; --keep-settings keeps them. It receives the signals of this program, and its exit code is passed on: 128 and the number of the signal when a signal ended it. Signals that a terminal sends to all programs in its foreground are not sent twice.",
      "Exit codes of this program: 64 for wrong arguments, 125 when a secret cannot be read, 126 when the command cannot be executed, 127 when it does not exist. With --json, a failure before the start is one JSON document; then standard output belongs to the command.",
      "With --restart-on-change, the secrets are read again and again. When a variable differs, the command is ended by SIGTERM, after --grace by SIGKILL, and started again. A read that fails is a warning, and the command continues.",
      "With --out, a file that only its owner can read (mode 0400) is written instead, as an init container does. The format `env` contains only what a shell, `docker run --env-file` and dotenv read alike.",
    ],
    examples: [
      [
        "archestra-secrets run DB_PASSWORD=app/database#password -- node app.js",
        "Runs a server with one variable.",
      ],
      [
        "archestra-secrets run --prefix a/ TOKEN=vault:team/github#token -- ./deploy",
        "Sets all fields of the secrets below a/, and a field of another team.",
      ],
      [
        "archestra-secrets run --map map.json --restart-on-change -- node app.js",
        "Restarts the server when a secret changes.",
      ],
      [
        "archestra-secrets run --map map.json --out /run/secrets/app.env",
        "Writes a file, for a container that starts later.",
      ],
    ],
    json: [
      ["file, format", "the file of --out, and env or json"],
      ["variables", "the names of the variables in it"],
    ],
  })
    .usage("[options] [mapping...] -- <command> [args...]")
    .option("--map <file>", "Read mappings from a JSON file; `-` is the standard input.")
    .option("--prefix <prefix>", "Set each field of the secrets below a prefix. Repeatable.", collect)
    .option("--keep-settings", "Keep the secret settings in the environment of the command.")
    .option("--restart-on-change", "Restart the command when a variable changes.")
    .option("--interval <seconds>", "How often to read again, with a fifth more or less.", parseSeconds, 30)
    .option(
      "--grace <seconds>",
      "How long to wait for the end of the command before SIGKILL.",
      parseSeconds,
      10,
    )
    .option("--out <file>", "Write the variables to a file instead of running a command.")
    .addOption(
      new Option("--format <format>", "The format of --out.").choices(["env", "json"]).default("env"),
    )
    .action(
      run<RunOptions>(async (context, options, ...args) => {
        const body = await import("../run/run.ts");
        return await body.run(context, options, args);
      }),
    );

/** At most a day. Node runs a timer of more than 24 days after a millisecond. */
function parseSeconds(text: string): number {
  const seconds = Number(text);
  if (text.trim() !== "" && seconds > 0 && seconds <= 86_400) return seconds;
  throw new InvalidArgumentError("It must be a number of seconds above 0, at most 86400.");
}

function collect(value: string, values: readonly string[] = []): readonly string[] {
  return [...values, value];
}
