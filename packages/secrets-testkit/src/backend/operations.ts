import type { CallOptions, SecretsManager } from "@archestra/secrets-core";
import { SecretsError } from "@archestra/secrets-core";
import type { SecretValue } from "@archestra/secrets-core/plugin";
import { expectEqual, type Outcome } from "../expectation/expectation.ts";

/** The names of the secrets of each call: one that exists, and one that does not. */
export const PRESENT = "present/secret";
export const ABSENT = "absent/secret";

/** The value of the existing secret, and the value that calls write. */
export const INITIAL: SecretValue = { token: "initial" };
export const WRITTEN: SecretValue = { token: "written" };

/** A call of the manager, for cases that run every call. */
export interface Operation {
  readonly name: string;
  /** The secret that the call changes, and its value afterwards. Absent: the call only reads. */
  readonly change?: { readonly secret: string; readonly value: SecretValue | undefined };
  /** The result on success. Absent: the information of the secret. */
  readonly answer?: unknown;
  /** Runs the call. Throws if its result reports a failure. */
  readonly run: (manager: SecretsManager, options?: CallOptions) => Promise<unknown>;
}

const changing: readonly Operation[] = [
  {
    name: "create",
    change: { secret: ABSENT, value: WRITTEN },
    run: (manager, options) => manager.create(ABSENT, WRITTEN, options),
  },
  {
    name: "set",
    change: { secret: PRESENT, value: WRITTEN },
    run: (manager, options) => manager.set(PRESENT, WRITTEN, options),
  },
  {
    name: "update",
    change: { secret: PRESENT, value: WRITTEN },
    run: (manager, options) => manager.update(PRESENT, WRITTEN, options),
  },
  {
    name: "update with a function",
    change: { secret: PRESENT, value: WRITTEN },
    run: (manager, options) => manager.update(PRESENT, () => WRITTEN, options),
  },
  {
    name: "delete",
    change: { secret: PRESENT, value: undefined },
    answer: true,
    run: (manager, options) => manager.delete(PRESENT, options),
  },
];

const reading: readonly Operation[] = [
  {
    name: "get",
    answer: INITIAL,
    run: async (manager, options) => (await manager.get(PRESENT, options))?.value,
  },
  { name: "getMany", answer: INITIAL, run: getOneOfMany },
  { name: "has", answer: true, run: (manager, options) => manager.has(PRESENT, options) },
  {
    name: "list",
    answer: [PRESENT],
    run: (manager, options) => Array.fromAsync(manager.list(options), ({ name }) => name),
  },
  { name: "check", answer: "healthy", run: checkHealth },
];

/** Every call of the manager. */
export const operations: readonly Operation[] = [...changing, ...reading];

async function getOneOfMany(manager: SecretsManager, options?: CallOptions): Promise<unknown> {
  const answer = (await manager.getMany([PRESENT], options)).get(PRESENT);
  if (answer?.status === "failed") throw answer.error;
  return answer?.status === "found" ? answer.secret.value : answer?.status;
}

/** Throws the first problem of `check()`, as any other call would. */
async function checkHealth(manager: SecretsManager, options?: CallOptions): Promise<unknown> {
  const { status, problems } = await manager.check(options);
  const [problem] = problems;
  if (status === "healthy" || problem === undefined) return status;
  throw new SecretsError(problem.code, problem.message);
}

/** Whether a backend supports a call. */
export function hasOperation(operation: Operation, capabilities: { readonly list: boolean }): boolean {
  return operation.name !== "list" || capabilities.list;
}

/** Fails if a successful call returned a wrong result. */
export function expectAnswer({ name, answer }: Operation, outcome: Outcome<unknown>): void {
  if (outcome.failed || answer === undefined) return;
  expectEqual(outcome.result, answer, `the answer of \`${name}\``);
}
