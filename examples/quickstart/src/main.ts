import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { join, relative } from "node:path";
import { createSecretsManager, isSecretsError, type SecretsManager } from "@archestra/secrets-core";
import { dbPlugin } from "@archestra/secrets-db";
import { createDemonstrationFolder } from "./demonstration-folder.ts";
import { filesOf, findPlaintext, isSignificant, textsOf } from "./find-plaintext.ts";
import { maskText, maskValue } from "./mask.ts";
import { nameAdvice } from "./name-advice.ts";
import { count, quote, say, step } from "./narrate.ts";
import { createOldApplication, importSecrets, importSecretsStatement } from "./old-application.ts";
import { rawRow } from "./raw-row.ts";
import { readArguments, usage, userFolder } from "./read-arguments.ts";
import { InputProblem, readCredentials } from "./read-credentials.ts";

try {
  const file = readArguments(process.argv.slice(2));
  if (file === undefined) console.log(usage);
  else await runDemonstration(file, readCredentials(file));
} catch (error) {
  if (!(error instanceof InputProblem)) throw error;
  console.error(`\n${error.message}`);
  process.exitCode = 1;
}

async function runDemonstration(file: string, credentials: ReadonlyMap<string, object>): Promise<void> {
  step("Read credentials");
  say(`${shown(file)} contains ${count(credentials.size, "credential")}.`);

  step("Generate the secret from which the encryption key is derived");
  const folder = createDemonstrationFolder();
  const env = {
    ARCHESTRA_AUTH_SECRET: randomBytes(48).toString("base64"),
    ARCHESTRA_DATABASE_URL: folder.databaseUrl,
  };
  say("It is random and used only for this run. An application has in its environment:");
  quote(`ARCHESTRA_AUTH_SECRET=${maskText(env.ARCHESTRA_AUTH_SECRET)}`);
  say("To generate one: openssl rand -base64 48");

  step("Store the credentials, each encrypted and bound to its row");
  quote("const secrets = await createSecretsManager({ plugins: [dbPlugin()] });");
  quote("await secrets.set(name, value);");
  // The files are searched while no manager has them open, because reading them by hand would drop the locks on the database.
  await (await open(env)).close();
  // A text that an empty database already contains, such as "archestra_secrets", proves nothing when it is found later.
  const layout = findPlaintext(folder.databaseFolder, [...credentials.values()].flatMap(textsOf));
  let secrets = await open(env);
  const names = await storeAll(secrets, credentials);
  say(`${count(names.length, "secret")} in ${secrets.describe().location}.`);

  step("List them; values are masked here");
  quote("for await (const { name } of secrets.list()) …");
  for await (const { name, manager } of secrets.list()) {
    const secret = await secrets.get(name);
    say(`${name} (in ${manager})`);
    quote(maskValue(secret?.value ?? {}).join("\n"));
  }
  await secrets.close();

  step("Show a row as it is stored");
  quote(`SELECT * FROM archestra_secrets WHERE name = '${names[0]}';`);
  quote(rawRow(folder.databaseFile, names[0] ?? ""));
  say("Names and times are readable. The value is encrypted.");

  step("Read them in a second process");
  say(`This is process ${process.pid}. The second one has the same two variables.`);
  const { status } = spawnSync(
    process.execPath,
    [...process.execArgv, join(import.meta.dirname, "second-process.ts"), file],
    { env, stdio: "inherit" },
  );
  if (status !== 0) throw new Error("The second process did not read what the first one stored.");

  step("Import a secret that another application stored unencrypted");
  const importedPassword = "not-a-real-password-7777777777";
  createOldApplication(folder.oldDatabaseFile, importedPassword);
  importSecrets(folder.oldDatabaseFile, folder.databaseFile);
  say("Its database is attached as `old`; one statement copies names and JSON values:");
  quote(importSecretsStatement);
  for (const finding of findPlaintext(folder.databaseFolder, [importedPassword])) {
    say(`Its password ${maskText(finding.text)} is now stored in plaintext in ${finding.file}.`);
  }

  step("Start again: every start encrypts imported rows");
  quote("const secrets = await createSecretsManager({ plugins: [dbPlugin()] });");
  secrets = await open(env);
  const imported = await secrets.get("old-application/smtp");
  say("It is now a secret like the others: old-application/smtp");
  quote(maskValue(imported?.value ?? {}).join("\n"));
  await secrets.close();

  step("Search every file of the database for every text");
  const stored = names.flatMap((name) => textsOf(credentials.get(name) ?? {}));
  const texts = new Set([...stored, importedPassword]);
  const significant = [...texts].filter(
    (text) => isSignificant(text, names) && !layout.some((finding) => finding.text === text),
  );
  const findings = findPlaintext(folder.databaseFolder, significant);
  say(
    `Files: ${filesOf(folder.databaseFolder)
      .map((path) => relative(folder.databaseFolder, path))
      .join(", ")}`,
  );
  say(`Texts searched for: ${significant.length}. Found: ${findings.length}.`);
  if (significant.length < texts.size) {
    say(
      `Not searched for: ${texts.size - significant.length}, too short, or part of a name or of the table's layout.`,
    );
  }
  const [control] = findPlaintext(join(folder.oldDatabaseFile, ".."), [importedPassword]);
  if (control === undefined) throw new Error("The search does not find text that is stored in plaintext.");
  say(
    `The same search finds ${maskText(importedPassword)} in ${control.file}, which proves that the search works.`,
  );
  for (const finding of findings) say(`FOUND ${maskText(finding.text)} in ${finding.file}`);
  if (findings.length > 0) process.exitCode = 1;

  step("Start with a wrong key");
  const wrongEnv = { ...env, ARCHESTRA_AUTH_SECRET: randomBytes(48).toString("base64") };
  try {
    await (await open(wrongEnv)).close();
    throw new Error("A wrong key was accepted.");
  } catch (error) {
    if (!isSecretsError(error, "DECRYPTION_FAILED")) throw error;
    say(`The start fails and writes nothing. ${error.code}, ${error.reason}:`);
    quote(error.message);
  }

  console.log("\nDone.");
  say(`The code for an application: ${shown(join(import.meta.dirname, "application.ts"))}`);
  say("With your own secrets: npx --yes pnpm@12 quickstart your.json (or your.env)");
  say("The secret of this run is lost, so nothing in .data can be decrypted.");
}

/** An application omits `env` and `logger`. Their defaults are `process.env` and a logger that prints warnings. */
function open(env: Record<string, string>): Promise<SecretsManager> {
  const logger = {
    warn: ({ code }: { code: string }, message: string) => quote(`Warning ${code}: ${message}`),
  };
  return createSecretsManager({ plugins: [dbPlugin()], env, logger });
}

/** Stores all valid entries, prints advice for the others, and returns the names of the stored ones. */
async function storeAll(
  secrets: SecretsManager,
  credentials: ReadonlyMap<string, object>,
): Promise<string[]> {
  const stored: string[] = [];
  for (const [name, value] of credentials) {
    try {
      await secrets.set(name, value);
      stored.push(name);
    } catch (error) {
      if (!isSecretsError(error, "INVALID_ARGUMENT")) throw error;
      say(`Skipped: ${error.message}`);
      const advice = nameAdvice(error.reason);
      if (advice !== undefined) say(`  ${advice}`);
    }
  }
  if (stored.length > 0) return stored;
  await secrets.close();
  throw new InputProblem("No entry of the file can be stored; see the advice above.");
}

/** The path relative to the user's folder. */
function shown(path: string): string {
  const short = relative(userFolder, path);
  return short.startsWith("..") ? path : short;
}
