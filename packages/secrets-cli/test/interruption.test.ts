import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type SqliteSettings, sqliteSettings } from "./support/sqlite-settings.ts";
import { startProgram } from "./support/started-program.ts";

/** Every command that opens a store, with a file to import. */
const commands = (file: string): readonly (readonly string[])[] => [
  ["list"],
  ["get", "app"],
  ["set", "app", "--field", "token"],
  ["delete", "app", "--yes"],
  ["history", "app"],
  ["import", "--from-json", file],
  ["import", "--from-vault", "--dry-run"],
  ["export", "--out", `${file}.out`],
  ["migrate", "--to", "DB"],
  ["migrate", "finalize", "--yes"],
  ["references", "rebind"],
  ["run", "A=app#token", "--", "echo", "started"],
  ["doctor"],
];
const commandsOfVault = [["run", "A=vault:secret/data/app#token", "--", "echo", "started"]];
const commandsOfDatabase = (file: string) => [
  ["rotate", "status"],
  ["rotate", "sweep"],
  ["rotate", "verify"],
  ["rotate", "retire", "key", "--yes"],
  ["schema", "migrate"],
  ["migrate", "database", "--from-env-file", file, "--to-env-file", file],
  ["migrate", "release", "--from-env-file", file, "--yes"],
];

type Variables = Readonly<Record<string, string>>;

/** Interrupts a command while it waits for a server that accepts connections and never answers. */
async function interrupt(
  command: readonly string[],
  signal: "SIGINT" | "SIGTERM",
  settings: SqliteSettings,
  variables: (port: number) => Variables,
) {
  // It reads, so that it notices the end of a connection.
  await using silent = createServer((connection) => connection.resume());
  silent.listen(0, "127.0.0.1");
  await once(silent, "listening");
  const env = { ...settings.env, ...variables((silent.address() as AddressInfo).port) };
  const file = join(settings.folder, `${command.join("-").replace(/[^a-z]/g, "-")}.env`);
  writeFileSync(file, `ARCHESTRA_DATABASE_URL=${env.ARCHESTRA_DATABASE_URL}\n`);
  const args = command.map((part) => (part === "{database}" ? file : part));
  const at = args.includes("--") ? args.indexOf("--") : args.length;
  const program = startProgram([...args.slice(0, at), "--json", ...args.slice(at)], { env });
  const connected = once(silent, "connection");
  const first = await Promise.race([connected, program.ended]);
  if (!Array.isArray(first)) throw new Error(`${command.join(" ")} ended with ${first}: ${program.output}`);
  program.kill(signal);
  const ended = await program.ended;
  return { command: command.join(" "), ended, output: program.output };
}

/** A plugin that waits for its store would end with another code, and much later. */
async function interruptAll(
  all: readonly (readonly string[])[],
  settings: SqliteSettings,
  variables: (port: number) => Variables,
): Promise<void> {
  const ends = await Promise.all(
    all.map((command, index) =>
      interrupt(command, index % 2 === 0 ? "SIGTERM" : "SIGINT", settings, variables),
    ),
  );
  for (const [index, { command, ended, output }] of ends.entries()) {
    expect({ command, ended }).toEqual({ command, ended: index % 2 === 0 ? 143 : 130 });
    expect({ command, error: JSON.parse(output).error }).toMatchObject({
      command,
      error: { code: "INTERRUPTED" },
    });
    expect(output).not.toMatch(/^started|planted/m);
  }
}

test("every command ends soon after a signal while Vault does not answer a login", async () => {
  await using settings = sqliteSettings();
  const file = join(settings.folder, "secrets.json");
  writeFileSync(file, '{"app": {"token": "planted"}}');
  // Creates the table, for which the commands would otherwise wait for one another.
  await (await settings.open()).has("app");
  await interruptAll([...commands(file), ...commandsOfVault], settings, (port) => ({
    ARCHESTRA_SECRETS_MANAGER: "VAULT",
    ARCHESTRA_HASHICORP_VAULT_ADDR: `http://127.0.0.1:${port}`,
    ARCHESTRA_HASHICORP_VAULT_AUTH_METHOD: "APPROLE",
    ARCHESTRA_HASHICORP_VAULT_APPROLE_ROLE_ID: "role",
    ARCHESTRA_HASHICORP_VAULT_APPROLE_SECRET_ID: "planted secret id",
    ARCHESTRA_ENTERPRISE_LICENSE_ACTIVATED: "true",
  }));
});

test("every command ends soon after a signal while PostgreSQL does not answer", async () => {
  await using settings = sqliteSettings();
  const file = join(settings.folder, "secrets.json");
  writeFileSync(file, '{"app": {"token": "planted"}}');
  await interruptAll([...commands(file), ...commandsOfDatabase("{database}")], settings, (port) => ({
    ARCHESTRA_DATABASE_URL: `postgres://user:planted@127.0.0.1:${port}/app`,
  }));
});
