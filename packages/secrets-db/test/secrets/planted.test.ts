import { channel } from "node:diagnostics_channel";
import { inspect } from "node:util";
import { isSecretsError } from "@archestra/secrets-core";
import { expect, onTestFinished, test } from "vitest";
import { startAgent } from "../support/agents.ts";
import { encryptV1, importRows } from "../support/imported-rows.ts";
import { fileEnvironment, openManager } from "../support/open-manager.ts";
import { plantedKey, plantedText, plantedValue, showsPlantedText } from "../support/planted.ts";
import { execute } from "../support/raw-database.ts";
import { recordedLogger } from "../support/recorded-logger.ts";
import { scratchFile } from "../support/scratch-folder.ts";

/** Everything that an error says to anybody who looks. */
function everythingShown(error: unknown): string {
  const hidden = inspect(error, { showHidden: true, customInspect: false, depth: 20 });
  const stack = error instanceof Error ? error.stack : "";
  return [String(error), stack, hidden, inspect(error), JSON.stringify(error)].join("\n");
}

test("no planted value or key leaves through an error, warning, event, description, health or output", async () => {
  const shown: string[] = [];
  const expectFailure = async (call: Promise<unknown>) => {
    const error = await call.then(
      () => new Error("It was to fail."),
      (error: unknown) => error,
    );
    expect(isSecretsError(error) || error instanceof TypeError).toBe(true);
    shown.push(everythingShown(error));
  };
  for (const event of ["start", "asyncEnd", "error"]) {
    const published = channel(`tracing:archestra.secrets.operation:${event}`);
    const record = (message: unknown) => shown.push(inspect(message, { depth: 20 }), JSON.stringify(message));
    published.subscribe(record);
    onTestFinished(() => void published.unsubscribe(record));
  }

  const file = scratchFile();
  const keys = [plantedKey(), plantedKey(), plantedKey()] as const;
  const env = fileEnvironment(file, {
    ARCHESTRA_SECRETS_ENCRYPTION_SECRET: keys[0],
    ARCHESTRA_SECRETS_ENCRYPTION_SECRET_PREVIOUS: `${keys[1]},${keys[2]}`,
  });
  const seed = await openManager(file, env);
  await seed.create("kept", plantedValue());
  await seed.create("damaged", plantedValue());
  await seed.close();
  importRows(file, [
    { name: "plain", value: JSON.stringify(plantedValue()) },
    { name: "v1", value: encryptV1(plantedValue(), keys[1]) },
    { name: "foreign", value: encryptV1(plantedValue(), plantedKey()) },
    { name: "no-json", value: plantedText() },
  ]);

  const logger = recordedLogger();
  const manager = await openManager(file, env, { logger, cache: { maxAge: 60_000 } });
  execute(
    file,
    "UPDATE archestra_secrets SET value = ? WHERE name = 'damaged'",
    JSON.stringify(plantedValue()),
  );
  const read = await manager.get("kept");
  shown.push(inspect(read, { showHidden: true, customInspect: false }), JSON.stringify(read), `${read}`);
  shown.push(inspect(await manager.getMany(["kept", "damaged", "foreign", "absent"]), { depth: 20 }));
  shown.push(inspect(await Array.fromAsync(manager.list())));
  shown.push(
    inspect(manager.describe(), { depth: 20 }),
    JSON.stringify(await manager.check({ count: true })),
  );
  shown.push(inspect(manager, { depth: 20, showHidden: true, customInspect: false }));

  await expectFailure(manager.create("kept", plantedValue()));
  await expectFailure(manager.create("refused", { token: Number.NaN, other: plantedText() }));
  await expectFailure(manager.create("refused", { token: "\ud800", other: plantedText() }));
  await expectFailure(manager.create("refused", plantedText() as never));
  await expectFailure(manager.update("absent", plantedValue()));
  await expectFailure(manager.update("kept", plantedValue(), { ifVersion: "DB:old.1" }));
  await expectFailure(manager.set("kept", plantedValue(), { signal: AbortSignal.abort() }));
  for (const name of ["damaged", "foreign", "no-json"]) await expectFailure(manager.get(name));
  const schema = {
    "~standard": {
      version: 1,
      vendor: "test",
      validate: (value: unknown) => ({
        issues: [{ message: `bad: ${JSON.stringify(value)}`, path: ["token"] }],
      }),
    },
  } as const;
  await expectFailure(manager.get("kept", { schema }));
  await manager.close();
  await expectFailure(manager.get("kept"));

  await expectFailure(openManager(file, { ARCHESTRA_SECRETS_ENCRYPTION_SECRET: plantedKey() }));
  await expectFailure(openManager(file, { ...env, ARCHESTRA_SECRETS_ENCRYPTION_SECRET_FILE: "/key" }));
  await expectFailure(
    openManager(file, { ...env, ARCHESTRA_DATABASE_URL: `mysql://u:${plantedText()}@host/db` }),
  );
  await expectFailure(openManager(file, { ...env, ARCHESTRA_DATABASE_URL: `sqlite://${plantedText()}/db` }));
  shown.push(inspect(logger.warnings, { depth: 20 }));

  const agent = await startAgent();
  await agent.do("openAloud", env);
  const { failure } = await agent.try("get", "damaged");
  shown.push(JSON.stringify(failure));
  await agent.try("open", { ...env, ARCHESTRA_SECRETS_ENCRYPTION_SECRET: plantedKey() });
  await agent.do("close");
  shown.push(agent.output);

  expect(shown.length).toBeGreaterThan(60);
  expect(shown.filter((text) => showsPlantedText(text)).length).toBe(0);
  expect(showsPlantedText(`it would be seen: ${plantedText()}`)).toBe(true);
});
