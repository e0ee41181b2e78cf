/*
 * A process that does what a test tells it, one command after the other. What a command fails with is sent back as data.
 */
import { once } from "node:events";
import { flushCompileCache } from "node:module";
import { DatabaseSync, type StatementResultingChanges } from "node:sqlite";
import { Worker } from "node:worker_threads";
import {
  createSecretsManager,
  type Environment,
  isSecretsError,
  type SecretsManager,
} from "@archestra/secrets-core";
import { dbPlugin, openRotation } from "../../src/index.ts";
import { externalPlugin } from "../support/external-plugin.ts";
import { Load, type LoadReport } from "../support/load.ts";

let manager: SecretsManager | undefined;
let load: Load | undefined;
let locked: DatabaseSync | undefined;
let workers: Worker[] = [];

let onBusy = () => {};

const { prepare } = DatabaseSync.prototype;
DatabaseSync.prototype.prepare = function (sql) {
  const statement = prepare.call(this, sql);
  const run = statement.run.bind(statement) as (...parameters: never[]) => StatementResultingChanges;
  statement.run = (...parameters: never[]) => {
    try {
      return run(...parameters);
    } catch (error) {
      onBusy();
      throw error;
    }
  };
  return statement;
};

function opened(): SecretsManager {
  if (manager === undefined) throw new Error("The agent has no open manager.");
  return manager;
}

/** What an error of ours says, as it travels between processes. */
export interface Failure {
  readonly code: string;
  readonly reason?: string | undefined;
  readonly message: string;
}

const commands = {
  /** Ends when the agent has found SQLite's lock taken, in whatever else it is doing. */
  async waitForRetry(): Promise<void> {
    await new Promise<void>((resolve) => {
      onBusy = resolve;
    });
  },
  async umask(mask: number): Promise<void> {
    process.umask(mask);
  },
  /** Starts a manager; gives the fields of the warnings. */
  async open(env: Environment, sweepDelay?: number): Promise<{ code: string; [field: string]: unknown }[]> {
    const warnings: { code: string }[] = [];
    manager = await createSecretsManager({
      plugins: [dbPlugin({ sweepDelay })],
      env,
      logger: { warn: (fields) => warnings.push(fields) },
    });
    // Most agents are killed, and would leave the next ones nothing.
    flushCompileCache();
    return warnings;
  },
  /** The same with the default logger, so that warnings go where an operator sees them. */
  async openAloud(env: Environment): Promise<void> {
    manager = await createSecretsManager({ plugins: [dbPlugin()], env });
  },
  /** Starts a manager that keeps secrets elsewhere and its ownership table here; gives the words of the warnings. */
  async openBesideExternal(env: Environment): Promise<string[]> {
    const warnings: string[] = [];
    manager = await createSecretsManager({
      plugins: [dbPlugin(), externalPlugin()],
      manager: "OTHER",
      env,
      logger: { warn: (_fields, message) => warnings.push(message) },
    });
    return warnings;
  },
  /** Opens the rotation of a database, asks it for its status, and closes it. */
  async askRotation(env: Environment): Promise<void> {
    const rotation = await openRotation({}, { env });
    await rotation.status();
    await rotation.close();
  },
  /** Starts another manager, and closes it; gives the code of a start that failed. */
  async openAnother(env: Environment): Promise<string | undefined> {
    try {
      await (await createSecretsManager({ plugins: [dbPlugin()], env, logger: { warn() {} } })).close();
      return undefined;
    } catch (error) {
      return describe(error).code;
    }
  },
  async close(): Promise<void> {
    await manager?.close();
    manager = undefined;
  },
  /** Creates every name, as fast as it can; gives how each ended. */
  async create(names: readonly string[], value: { by: string }): Promise<string[]> {
    const created = names.map((name) => opened().create(name, value));
    const settled = await Promise.allSettled(created);
    return settled.map((result) =>
      result.status === "fulfilled" ? "created" : describe(result.reason).code,
    );
  },
  async set(name: string, value: { [key: string]: string }): Promise<void> {
    await opened().set(name, value);
  },
  /** Starts worker threads that each open a manager, all at once. */
  async openWorkers(count: number, env: Environment): Promise<void> {
    const program = new URL("./writing-worker.ts", import.meta.url);
    workers = Array.from({ length: count }, (_, index) => {
      return new Worker(program, { workerData: { env, prefix: `worker-${index}` } });
    });
    await Promise.all(workers.map((worker) => once(worker, "message")));
  },
  /** Lets every worker set so many secrets, all at once. */
  async setManyInWorkers(count: number): Promise<void> {
    await Promise.all(
      workers.map((worker) => {
        worker.postMessage(count);
        return once(worker, "message");
      }),
    );
  },
  /** Sets so many secrets, one after the other: `name/0`, `name/1` and so on. */
  async setMany(name: string, count: number): Promise<void> {
    for (let index = 0; index < count; index++) await opened().set(`${name}/${index}`, { index });
  },
  async get(name: string): Promise<unknown> {
    return (await opened().get(name))?.value;
  },
  /** Adds one to the secret's counter, so many times. */
  async increment(name: string, times: number): Promise<void> {
    for (let time = 0; time < times; time++) {
      await opened().update(name, (current) => ({ count: Number(current.count) + 1 }));
    }
  },
  /** Reads and increments secrets picked at random, until `endLoad`. */
  async beginLoad(names: readonly string[]): Promise<void> {
    load = new Load(opened(), names);
  },
  /** Gives what the load did. */
  async endLoad(): Promise<LoadReport> {
    if (load === undefined) throw new Error("The agent has no load.");
    return load.end();
  },
  /** Takes SQLite's write lock, and keeps it until `unlock`. */
  async lock(file: string): Promise<void> {
    locked = new DatabaseSync(file, { timeout: 5_000 });
    locked.exec("BEGIN IMMEDIATE");
  },
  async unlock(): Promise<void> {
    locked?.exec("COMMIT");
    locked?.close();
  },
};

/** The commands, and what they give. */
export type Commands = typeof commands;

/** One command on its way to an agent. */
export interface Order {
  readonly id: number;
  readonly command: keyof Commands;
  readonly parameters: readonly unknown[];
}

/** What came of it. */
export type Report =
  | { readonly id: number; readonly result: unknown; readonly failure?: undefined }
  | { readonly id: number; readonly failure: Failure };

function describe(error: unknown): Failure {
  if (!isSecretsError(error)) return { code: "NOT_OURS", message: String(error) };
  return { code: error.code, reason: error.reason, message: error.message };
}

async function carryOut({ id, command, parameters }: Order): Promise<Report> {
  try {
    const run = commands[command] as (...parameters: readonly unknown[]) => Promise<unknown>;
    return { id, result: await run(...parameters) };
  } catch (error) {
    return { id, failure: describe(error) };
  }
}

process.on("message", async (order: Order) => {
  process.send?.(await carryOut(order));
});
process.send?.("ready");
