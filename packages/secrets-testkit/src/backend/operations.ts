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
  /** The secret that the call changes, its value before, and its value afterwards. Absent: the call only reads. */
  readonly change?: {
    readonly secret: string;
    readonly before: SecretValue | undefined;
    readonly value: SecretValue | undefined;
  };
  /** The result on success. Absent: the information of the secret. */
  readonly answer?: unknown;
  /** Runs the call. Throws if its result reports a failure. */
  readonly run: (manager: SecretsManager, options?: CallOptions) => Promise<unknown>;
}

/** The secrets of the calls of one client, which calls of other clients leave alone. */
export interface SecretsOfCalls {
  /** The name of the secret that exists. */
  readonly present: string;
  /** The name of the secret that does not exist. */
  readonly absent: string;
  /** The value of the existing secret. */
  readonly initial: SecretValue;
  /** The value that the calls write. */
  readonly written: SecretValue;
  /** The prefix of the list. Absent: all names. */
  readonly prefix?: string;
}

/** Returns the secrets of one client: no two clients have equal names or values. */
export function secretsOf(client: string): SecretsOfCalls {
  const prefix = `${client}/`;
  return {
    prefix,
    present: `${prefix}present`,
    absent: `${prefix}absent`,
    initial: { token: `initial value of ${client}` },
    written: { token: `written value of ${client}` },
  };
}

/** Returns every call of the manager, on these secrets. */
export function operationsOn(secrets: SecretsOfCalls): readonly Operation[] {
  const { present, absent, initial, written, prefix = "" } = secrets;
  return [
    {
      name: "create",
      change: { secret: absent, before: undefined, value: written },
      run: (manager, options) => manager.create(absent, written, options),
    },
    {
      name: "set",
      change: { secret: present, before: initial, value: written },
      run: (manager, options) => manager.set(present, written, options),
    },
    {
      name: "update",
      change: { secret: present, before: initial, value: written },
      run: (manager, options) => manager.update(present, written, options),
    },
    {
      name: "update with a function",
      change: { secret: present, before: initial, value: written },
      run: (manager, options) => manager.update(present, () => written, options),
    },
    {
      name: "delete",
      change: { secret: present, before: initial, value: undefined },
      answer: true,
      run: (manager, options) => manager.delete(present, options),
    },
    {
      name: "get",
      answer: initial,
      run: async (manager, options) => (await manager.get(present, options))?.value,
    },
    { name: "getMany", answer: initial, run: (manager, options) => getOneOfMany(manager, present, options) },
    { name: "has", answer: true, run: (manager, options) => manager.has(present, options) },
    {
      name: "list",
      answer: [present],
      run: (manager, options) => Array.fromAsync(manager.list({ prefix, ...options }), ({ name }) => name),
    },
    { name: "check", answer: "healthy", run: checkHealth },
  ];
}

/** Every call of the manager. */
export const operations: readonly Operation[] = operationsOn({
  present: PRESENT,
  absent: ABSENT,
  initial: INITIAL,
  written: WRITTEN,
});

async function getOneOfMany(manager: SecretsManager, name: string, options?: CallOptions): Promise<unknown> {
  const answer = (await manager.getMany([name], options)).get(name);
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
