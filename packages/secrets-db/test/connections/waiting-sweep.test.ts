import { Kysely, SqliteDialect } from "kysely";
import { expect, onTestFinished, test } from "vitest";
import { openRotation } from "../../src/index.ts";
import { openSqlite } from "../../src/sqlite/connection.ts";
import { startAgent, startAgents } from "../support/agents.ts";
import { startManagerOn } from "../support/application-pool.ts";
import { fileEnvironment, openManager } from "../support/open-manager.ts";
import { rollouts } from "../support/open-rotation.ts";
import { plantedKey } from "../support/planted.ts";
import { query } from "../support/raw-database.ts";
import { recordedLogger } from "../support/recorded-logger.ts";
import { scratchFile } from "../support/scratch-folder.ts";

const step = rollouts(plantedKey(), plantedKey());

/** A file with secrets under the old key, in which the new key is registered. */
async function preparedFile(): Promise<string> {
  const file = scratchFile();
  const first = await openManager(file, step.old);
  for (let index = 0; index < 20; index++) await first.create(`n/${index}`, { n: index });
  await first.close();
  const second = await openManager(file, step.promoted);
  await second.close();
  return file;
}

const keysInUse = (file: string) => query(file, "SELECT DISTINCT key_id FROM archestra_secrets").length;

test("a sweep in the background that waits for another process's write lock does not stop reads", async () => {
  const file = await preparedFile();
  const [holder, reader] = await startAgents(2);
  if (holder === undefined || reader === undefined) throw new Error("Two agents were to start.");
  await holder.do("lock", file);
  const waiting = reader.do("waitForRetry");
  await reader.do("open", fileEnvironment(file, step.promoted), 0);
  await waiting;
  for (let index = 0; index < 20; index++) expect(await reader.do("get", `n/${index}`)).toEqual({ n: index });
  await holder.do("unlock");
  while (
    keysInUse(file) > 1 ||
    query(file, "SELECT 1 FROM archestra_secrets WHERE key_id IS NULL").length > 0
  )
    await new Promise((resolve) => setTimeout(resolve, 20));
  expect(await reader.do("get", "n/7")).toEqual({ n: 7 });
});

test("a sweep on an application's instance that waits for another process's write lock does not stop reads", async () => {
  const file = await preparedFile();
  const database = openSqlite(file);
  let refusals = 0;
  const kysely = new Kysely<object>({
    dialect: new SqliteDialect({
      database: {
        ...database,
        prepare(text) {
          const statement = database.prepare(text);
          return {
            ...statement,
            run: (parameters) => {
              try {
                return statement.run(parameters);
              } catch (error) {
                refusals++;
                throw error;
              }
            },
          };
        },
      },
    }),
  });
  onTestFinished(() => kysely.destroy());
  const manager = await startManagerOn(kysely, { env: step.promoted });
  const rotation = await openRotation({ kysely }, { env: step.promoted, logger: recordedLogger() });
  onTestFinished(() => rotation.close());
  const agent = await startAgent();
  await agent.do("lock", file);
  const sweep = rotation.sweep();
  while (refusals < 3) await new Promise((resolve) => setTimeout(resolve, 5));
  for (let index = 0; index < 20; index++)
    expect((await manager.get(`n/${index}`))?.value).toEqual({ n: index });
  await agent.do("unlock");
  expect(await sweep).toMatchObject({ reencrypted: 20, done: true });
});
