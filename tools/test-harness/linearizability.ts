import { isDeepStrictEqual } from "node:util";
import {
  type Asked,
  describeHistory,
  describeOperation,
  describeSecret,
  type RecordedOperation,
  VersionNames,
} from "./recorded-operation.ts";
import { type SecretState, stepOfModel } from "./secret-model.ts";

/**
 * Whether what the clients of one secret saw can be explained by a store that did one operation at a time, each at a
 * moment between its call and its return, on a name that was absent at first. Operations with an unknown answer may be
 * left out, or happen at any time after their call; those that met a change in the middle, or failed with a promise that
 * nothing happened, did nothing, whatever the secret was. No version is given to two writes.
 *
 * The search is Wing and Gong's, with the configurations remembered that led nowhere: which operations were done, and what
 * the secret was then. Source: G. Lowe, "Testing for linearizability", Concurrency and Computation 29(4), 2017.
 *
 * @returns undefined when it can, else why not, in lines for a person
 */
export function explainNonLinearizable(history: readonly RecordedOperation[]): string | undefined {
  const all = [...history].sort((one, other) => one.calledAt - other.calledAt);
  const effective = all.filter(({ answer }) => answer.is !== "in transition" && answer.is !== "nothing");
  const versions = effective.map((operation, index) => givenVersion(operation, index, effective));
  const operations = effective.map((operation, index) => withVersion(operation, versions[index]));
  const twice = versions.find((version, index) => version !== "" && versions.indexOf(version) !== index);
  const search = new Search(operations, versions);
  if (twice === undefined && search.run()) return undefined;

  const names = new VersionNames();
  const lines = describeHistory(all, names);
  const reason =
    twice === undefined ? search.describeFailure(names) : [`${names.of(twice)} was given to two writes.`];
  return ["The history is not linearizable:", ...lines, ...reason].join("\n");
}

/**
 * The version that an operation gives when it writes. Where the answer is unknown, a reader may have seen it with the value;
 * otherwise it is unknown, and any text that is not a version represents it. Empty: it wrote nothing.
 */
function givenVersion(
  { asked, answer }: RecordedOperation,
  index: number,
  operations: readonly RecordedOperation[],
): string {
  if (answer.is === "written") return answer.version;
  if (answer.is === "refreshed" && answer.version !== undefined) return answer.version;
  const value = writtenValue(asked);
  if ((answer.is !== "unknown" && answer.is !== "refreshed") || value === undefined) return "";
  for (const { answer: other } of operations) {
    if (other.is === "read" && other.secret?.value === value) return other.secret.version;
  }
  return `unseen version of operation ${index}`;
}

/** A refresh that received no version received the one that its write was given. */
function withVersion(operation: RecordedOperation, version: string | undefined): RecordedOperation {
  const { answer } = operation;
  return answer.is === "refreshed" ? { ...operation, answer: { ...answer, version } } : operation;
}

function writtenValue(asked: Asked): string | undefined {
  if (asked.call === "updateBy" || asked.call === "refresh") return asked.lastRun?.gave;
  return "value" in asked ? asked.value : undefined;
}

class Search {
  readonly #operations: readonly RecordedOperation[];
  readonly #versions: readonly string[];
  readonly #deadEnds = new Set<string>();
  readonly #order: RecordedOperation[] = [];
  #left: number;
  #longest: { readonly order: readonly RecordedOperation[]; readonly state: SecretState } = {
    order: [],
    state: "absent",
  };

  constructor(operations: readonly RecordedOperation[], versions: readonly string[]) {
    this.#operations = operations;
    this.#versions = versions;
    this.#left = operations.filter(isKnown).length;
  }

  run(): boolean {
    return this.#goOn(0n, "absent");
  }

  describeFailure(names: VersionNames): string[] {
    const { order, state } = this.#longest;
    const secret = state === "absent" ? "absent" : describeSecret(state, names);
    const rest = this.#operations.filter((operation) => !order.includes(operation));
    return [
      "The longest order that explains a part of it:",
      ...order.map((operation) => `  ${describeOperation(operation, names)}`),
      `Then the secret is ${secret}, and no order explains the rest:`,
      ...rest.map((operation) => `  ${describeOperation(operation, names)}`),
    ];
  }

  /** @param done one bit for each operation that has its place in the order */
  #goOn(done: bigint, state: SecretState): boolean {
    if (this.#left === 0) return true;
    const configuration = `${done} ${state === "absent" ? "" : state.version}`;
    if (this.#deadEnds.has(configuration)) return false;
    if (this.#order.length > this.#longest.order.length) this.#longest = { order: [...this.#order], state };

    const firstReturn = this.#firstReturn(done);
    for (const [index, operation] of this.#operations.entries()) {
      // They are in the order of their calls: whatever follows was called after another had returned that is still to come.
      if (operation.calledAt > firstReturn) break;
      if (isDone(done, index)) continue;
      const step = stepOfModel(state, operation.asked, this.#versions[index] ?? "");
      if (step === undefined) continue;
      // One with an unknown answer that changes nothing is as good as left out.
      const fits = isKnown(operation)
        ? isDeepStrictEqual(step.answer, operation.answer)
        : step.state !== state;
      if (!fits) continue;
      if (this.#tryWith(operation, done | (1n << BigInt(index)), step.state)) return true;
    }
    this.#deadEnds.add(configuration);
    return false;
  }

  #tryWith(operation: RecordedOperation, done: bigint, state: SecretState): boolean {
    const weight = isKnown(operation) ? 1 : 0;
    this.#left -= weight;
    this.#order.push(operation);
    if (this.#goOn(done, state)) return true;
    this.#order.pop();
    this.#left += weight;
    return false;
  }

  #firstReturn(done: bigint): number {
    let first = Number.POSITIVE_INFINITY;
    for (const [index, operation] of this.#operations.entries()) {
      if (isKnown(operation) && !isDone(done, index)) first = Math.min(first, operation.returnedAt);
    }
    return first;
  }
}

function isKnown({ answer }: RecordedOperation): boolean {
  return answer.is !== "unknown";
}

function isDone(done: bigint, index: number): boolean {
  return ((done >> BigInt(index)) & 1n) === 1n;
}
