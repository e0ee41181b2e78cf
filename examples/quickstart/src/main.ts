import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { join, relative } from "node:path";
import { createSecretsManager, isSecretsError, type SecretsManager } from "@archestra/secrets-core";
import { dbPlugin } from "@archestra/secrets-db";
import { createDemonstrationFolder } from "./demonstration-folder.ts";
import { filesOf, findPlaintext, isTelling, textsOf } from "./find-plaintext.ts";
import { maskText, maskValue } from "./mask.ts";
import { nameAdvice } from "./name-advice.ts";
import { count, quote, say, step } from "./narrate.ts";
import { bringSecrets, bringSecretsStatement, createOldApplication } from "./old-application.ts";
import { rawRow } from "./raw-row.ts";
import { readArguments, usage, userFolder } from "./read-arguments.ts";
import { InputProblem, readCredentials } from "./read-credentials.ts";

try {
  const file = readArguments(process.argv.slice(2));
  if (file === undefined) console.log(usage);
  else await tellStory(file, readCredentials(file));
} catch (error) {
  if (!(error instanceof InputProblem)) throw error;
  console.error(`\n${error.message}`);
  process.exitCode = 1;
}

async function tellStory(file: string, credentials: ReadonlyMap<string, object>): Promise<void> {
  step("Read credentials");
  say(`${shown(file)} holds ${count(credentials.size, "credential")}.`);

  step("Make a secret that the encryption key is derived from");
  const folder = createDemonstrationFolder();
  const env = {
    ARCHESTRA_AUTH_SECRET: randomBytes(48).toString("base64"),
    ARCHESTRA_DATABASE_URL: folder.databaseUrl,
  };
  say("It is random, made for this run, and not kept. An application has in its environment:");
  quote(`ARCHESTRA_AUTH_SECRET=${maskText(env.ARCHESTRA_AUTH_SECRET)}`);
  say("A command that makes one: openssl rand -base64 48");

  step("Store the credentials, each encrypted for its row");
  quote("const secrets = await createSecretsManager({ plugins: [dbPlugin()] });");
  quote("await secrets.set(name, value);");
  // The files are searched while no manager has them open: reading them by hand would drop the locks on the database.
  await (await open(env)).close();
  // Whatever an empty database holds already, such as "archestra_secrets", proves nothing when it is found later.
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

  step("Look at a row as the database holds it");
  quote(`SELECT * FROM archestra_secrets WHERE name = '${names[0]}';`);
  quote(rawRow(folder.databaseFile, names[0] ?? ""));
  say("Names and times are readable. The value is not.");

  step("Read them in a second process");
  say(`This is process ${process.pid}. The second one has the same two variables.`);
  const { status } = spawnSync(
    process.execPath,
    [...process.execArgv, join(import.meta.dirname, "second-process.ts"), file],
    { env, stdio: "inherit" },
  );
  if (status !== 0) throw new Error("The second process did not read what the first one stored.");

  step("Bring a secret that another application kept unencrypted");
  const broughtPassword = "not-a-real-password-7777777777";
  createOldApplication(folder.oldDatabaseFile, broughtPassword);
  bringSecrets(folder.oldDatabaseFile, folder.databaseFile);
  say("Its database is attached as `old`; one statement copies names and JSON values:");
  quote(bringSecretsStatement);
  for (const finding of findPlaintext(folder.databaseFolder, [broughtPassword])) {
    say(`Its password ${maskText(finding.text)} now lies readable in ${finding.file}.`);
  }

  step("Start again: every start encrypts what was brought");
  quote("const secrets = await createSecretsManager({ plugins: [dbPlugin()] });");
  secrets = await open(env);
  const brought = await secrets.get("old-application/smtp");
  say("It is a secret as the others are: old-application/smtp");
  quote(maskValue(brought?.value ?? {}).join("\n"));
  await secrets.close();

  step("Search every byte of every file of the database for every text");
  const stored = names.flatMap((name) => textsOf(credentials.get(name) ?? {}));
  const texts = new Set([...stored, broughtPassword]);
  const telling = [...texts].filter(
    (text) => isTelling(text, names) && !layout.some((finding) => finding.text === text),
  );
  const findings = findPlaintext(folder.databaseFolder, telling);
  say(
    `Files: ${filesOf(folder.databaseFolder)
      .map((path) => relative(folder.databaseFolder, path))
      .join(", ")}`,
  );
  say(`Texts searched for: ${telling.length}. Found: ${findings.length}.`);
  if (telling.length < texts.size) {
    say(
      `Not searched for: ${texts.size - telling.length}, too short, or equal to a name or a word of the table's layout.`,
    );
  }
  const [control] = findPlaintext(join(folder.oldDatabaseFile, ".."), [broughtPassword]);
  if (control === undefined) throw new Error("The search misses what lies there in plain sight.");
  say(`The same search finds ${maskText(broughtPassword)} in ${control.file}, so it can find.`);
  for (const finding of findings) say(`FOUND ${maskText(finding.text)} in ${finding.file}`);
  if (findings.length > 0) process.exitCode = 1;

  step("Start with a wrong key");
  const wrongEnv = { ...env, ARCHESTRA_AUTH_SECRET: randomBytes(48).toString("base64") };
  try {
    await (await open(wrongEnv)).close();
    throw new Error("A wrong key was accepted.");
  } catch (error) {
    if (!isSecretsError(error, "DECRYPTION_FAILED")) throw error;
    say(`It stops, and writes nothing. ${error.code}, ${error.reason}:`);
    quote(error.message);
  }

  console.log("\nDone.");
  say(`The lines for an application: ${shown(join(import.meta.dirname, "application.ts"))}`);
  say("With your own secrets: npx --yes pnpm@12 quickstart your.json (or your.env)");
  say("The secret of this run is gone, so nothing can open .data any more.");
}

/** An application leaves `env` and `logger` out: the one is `process.env`, the other prints warnings. */
function open(env: Record<string, string>): Promise<SecretsManager> {
  const logger = {
    warn: ({ code }: { code: string }, message: string) => quote(`Warning ${code}: ${message}`),
  };
  return createSecretsManager({ plugins: [dbPlugin()], env, logger });
}

/** Stores what can be stored, says what to change in the rest, and gives the names of the stored ones. */
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
      say(`Left out: ${error.message}`);
      const advice = nameAdvice(error.reason);
      if (advice !== undefined) say(`  ${advice}`);
    }
  }
  if (stored.length > 0) return stored;
  await secrets.close();
  throw new InputProblem("No entry of the file can be stored; see above what to change.");
}

/** A path as the user would type it. */
function shown(path: string): string {
  const short = relative(userFolder, path);
  return short.startsWith("..") ? path : short;
}
