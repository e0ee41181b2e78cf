import {
  type CreateSecretsManagerOptions,
  createSecretsManager,
  type Environment,
  type SecretsManager,
} from "@archestra/secrets-core";
import { onTestFinished } from "vitest";
import { dbPlugin } from "../../src/index.ts";
import { plantedKey } from "./planted.ts";
import { recordedLogger } from "./recorded-logger.ts";

/** The key that managers get which do not ask for another: one for the whole run of a test file. */
export const defaultKey = plantedKey();

type Options = Partial<CreateSecretsManagerOptions>;

/** The variables that name a database file and its key; more can be added or unset. */
export function fileEnvironment(file: string, more: Environment = {}): Environment {
  return {
    ARCHESTRA_DATABASE_URL: `sqlite:${encodeURI(file)}`,
    ARCHESTRA_SECRETS_ENCRYPTION_SECRET: defaultKey,
    ...more,
  };
}

/** So long that no test meets a sweep in the background that it did not ask for. */
const NO_SWEEP_BY_ITSELF = 24 * 60 * 60_000;

/** Starts a manager with exactly these variables. It is closed when the test ends, unless the test did so. */
export async function startManager(env: Environment, options: Options = {}): Promise<SecretsManager> {
  const manager = await createSecretsManager({
    plugins: [dbPlugin({ sweepDelay: NO_SWEEP_BY_ITSELF })],
    logger: recordedLogger(),
    env,
    ...options,
  });
  onTestFinished(() => manager.close());
  return manager;
}

/** Starts a manager on a database file. */
export function openManager(
  file: string,
  more: Environment = {},
  options: Options = {},
): Promise<SecretsManager> {
  return startManager(fileEnvironment(file, more), options);
}

/** Makes a database with our tables and the key's canary, and leaves it closed. */
export async function makeDatabase(file: string, more: Environment = {}): Promise<void> {
  const manager = await openManager(file, more);
  await manager.close();
}
