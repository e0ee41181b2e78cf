/*
 * An application: it reads and updates secrets picked at random, several at a time, until it is told to stop. Then it tells
 * what it saw.
 */
import { isSecretsError } from "@archestra/secrets-core";
import { openFromEnvironment } from "./open-from-environment.ts";
import { secretNames } from "./secret-names.ts";

/** What it did. */
export interface ApplicationReport {
  readonly reads: number;
  readonly updates: number;
  /** How often each counter was incremented for sure. */
  readonly increments: Readonly<Record<string, number>>;
  /** How often the outcome was unknown. */
  readonly unknown: Readonly<Record<string, number>>;
  /** Calls that failed, and reads that gave something else than they had to. */
  readonly failures: readonly string[];
}

/** What it is started with, as JSON. */
export interface ApplicationOptions {
  readonly secrets: number;
  /** How many read at a time; as many write. */
  readonly workers: number;
}

const options = JSON.parse(process.argv[2] ?? "") as ApplicationOptions;
const names = secretNames(options.secrets);
const manager = await openFromEnvironment();
const increments: Record<string, number> = {};
const unknown: Record<string, number> = {};
const failures: string[] = [];
let reads = 0;
let updates = 0;
let isEnding = false;

async function read(name: string): Promise<void> {
  const least = increments[name] ?? 0;
  const value = (await manager.get(name))?.value;
  reads++;
  if (value?.name !== name || Number(value.count) < least) {
    failures.push(`${name} read ${JSON.stringify(value)} after ${least} increments of this process`);
  }
}

async function update(name: string): Promise<void> {
  try {
    await manager.update(name, (current) => ({ ...current, count: Number(current.count) + 1 }));
    increments[name] = (increments[name] ?? 0) + 1;
    updates++;
  } catch (error) {
    if (!isSecretsError(error, "OUTCOME_UNKNOWN")) throw error;
    unknown[name] = (unknown[name] ?? 0) + 1;
  }
}

async function repeat(call: (name: string) => Promise<void>): Promise<void> {
  while (!isEnding) {
    const name = names[Math.floor(Math.random() * names.length)] ?? "";
    await call(name).catch((error: unknown) => failures.push(`${call.name} of ${name}: ${String(error)}`));
  }
}

const workers = Array.from({ length: options.workers }, () => [repeat(read), repeat(update)]).flat();
process.once("message", async () => {
  isEnding = true;
  await Promise.all(workers);
  await manager.close();
  const report: ApplicationReport = { reads, updates, increments, unknown, failures };
  process.send?.(report, () => process.disconnect());
});
process.send?.("ready");
