import type { CallOptions, SecretsManager } from "@archestra/secrets-core";
import { SecretsError } from "@archestra/secrets-core";
import type { SecretValue } from "@archestra/secrets-core/plugin";
import { expectEqual, type Outcome } from "../expectation/expectation.ts";

/** The names that operations are tried on: one that is there, and one that is not. */
export const PRESENT = "present/secret";
export const ABSENT = "absent/secret";

/** What the secret that is there holds, and what operations that write put. */
export const INITIAL: SecretValue = { token: "initial" };
export const WRITTEN: SecretValue = { token: "written" };

/** One call of the manager, for cases that try every one. */
export interface Operation {
  readonly name: string;
  /** Whether it changes a secret, and what is there after it did. Absent: it only reads. */
  readonly change?: { readonly secret: string; readonly value: SecretValue | undefined };
  /** What it answers when it succeeds. Absent: what is known of the secret. */
  readonly answer?: unknown;
  /** Makes the call. An answer that is a failure in itself is thrown. */
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

/** Every call of the manager: those that change secrets, and those that do not. */
export const operations: readonly Operation[] = [...changing, ...reading];

async function getOneOfMany(manager: SecretsManager, options?: CallOptions): Promise<unknown> {
  const answer = (await manager.getMany([PRESENT], options)).get(PRESENT);
  if (answer?.status === "failed") throw answer.error;
  return answer?.status === "found" ? answer.secret.value : answer?.status;
}

/** A store that does not serve is an answer of `check`; here it is what it would be to any other call. */
async function checkHealth(manager: SecretsManager, options?: CallOptions): Promise<unknown> {
  const { status, problems } = await manager.check(options);
  const [problem] = problems;
  if (status === "healthy" || problem === undefined) return status;
  throw new SecretsError(problem.code, problem.message);
}

/** Whether a backend has an operation at all. */
export function hasOperation(operation: Operation, capabilities: { readonly list: boolean }): boolean {
  return operation.name !== "list" || capabilities.list;
}

/** Fails unless a call that succeeded gave the true answer. */
export function expectAnswer({ name, answer }: Operation, outcome: Outcome<unknown>): void {
  if (outcome.failed || answer === undefined) return;
  expectEqual(outcome.result, answer, `the answer of \`${name}\``);
}
