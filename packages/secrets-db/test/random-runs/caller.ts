/*
 * A process with a manager that makes the calls which it is told, until it is killed. It can also hold the write lock of a
 * SQLite file, as another program does.
 */
import { DatabaseSync } from "node:sqlite";
import {
  createSecretsManager,
  type Environment,
  isSecretsError,
  type SecretsManager,
} from "@archestra/secrets-core";
import { dbPlugin } from "../../src/index.ts";

/** A value of the random runs. */
export interface RunValue {
  readonly n: number;
}

/** The result that a caller receives. */
export type CallerOrder =
  | { readonly id: number; readonly order: "open"; readonly env: Environment; readonly timeout: number }
  | { readonly id: number; readonly order: "close" | "unlock" }
  | { readonly id: number; readonly order: "lock"; readonly file: string }
  | ({ readonly id: number; readonly order: "call" } & CallerCall)
  /** What the function of an update gives, whose call has this id. */
  | { readonly id: number; readonly order: "change"; readonly value: RunValue };

/** One call of a secret. */
export interface CallerCall {
  readonly call: "create" | "set" | "update" | "updateBy" | "delete" | "get" | "has";
  readonly name: string;
  readonly value?: RunValue | undefined;
  readonly ifVersion?: string | undefined;
  /** Absent: it is not aborted. */
  readonly abortAfter?: number | undefined;
}

/** What a caller says. */
export type CallerReport =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly failure: { code: string; reason?: string | undefined; message: string } }
  /** The function of an update runs, and is to be given what it gives. */
  | { readonly id: number; readonly current: object };

/** The parent process may be gone. */
const say = (report: CallerReport | "ready") => process.send?.(report, () => {});
const changing = new Map<number, (value: RunValue) => void>();
let manager: SecretsManager | undefined;
let locked: DatabaseSync | undefined;

async function obey(order: Exclude<CallerOrder, { order: "change" }>): Promise<unknown> {
  switch (order.order) {
    case "open":
      manager = await createSecretsManager({
        plugins: [dbPlugin({ sweepDelay: 24 * 60 * 60_000 })],
        env: order.env,
        timeout: order.timeout,
        logger: { warn: () => {} },
      });
      return undefined;
    case "close":
      return manager?.close({ timeout: 0 });
    case "lock":
      locked = new DatabaseSync(order.file, { timeout: 5_000 });
      return locked.exec("BEGIN IMMEDIATE");
    case "unlock":
      locked?.exec("ROLLBACK");
      return locked?.close();
    case "call":
      return call(order.id, order);
  }
}

async function call(id: number, { call, name, value, ifVersion, abortAfter }: CallerCall): Promise<unknown> {
  if (manager === undefined) throw new Error("The caller has no open manager.");
  const signal = abortAfter === undefined ? undefined : AbortSignal.timeout(abortAfter);
  const options = { signal, ifVersion };
  const given = value ?? { n: 0 };
  switch (call) {
    case "create":
    case "set":
      return { version: (await manager[call](name, { ...given }, { signal })).version };
    case "update":
      return { version: (await manager.update(name, { ...given }, options)).version };
    case "updateBy":
      return { version: (await manager.update(name, (current) => change(id, current), options)).version };
    case "delete":
      return manager.delete(name, options);
    case "has":
      return manager.has(name, { signal });
    case "get": {
      const secret = await manager.get(name, { signal });
      return secret === undefined ? undefined : { version: secret.version, value: secret.value };
    }
  }
}

function change(id: number, current: object): Promise<{ n: number }> {
  return new Promise((resolve) => {
    changing.set(id, (value) => resolve({ ...value }));
    say({ id, current });
  });
}

process.on("message", async (order: CallerOrder) => {
  if (order.order === "change") {
    changing.get(order.id)?.(order.value);
    return;
  }
  try {
    say({ id: order.id, result: await obey(order) });
  } catch (error) {
    const code = isSecretsError(error) ? error.code : "NOT_OURS";
    const reason = isSecretsError(error) ? error.reason : undefined;
    say({ id: order.id, failure: { code, reason, message: String(error) } });
  }
});
process.on("disconnect", () => process.exit());
say("ready");
