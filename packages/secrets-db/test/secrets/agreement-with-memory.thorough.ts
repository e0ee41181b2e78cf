import { createSecretsManager, isSecretsError, type SecretsManager } from "@archestra/secrets-core";
import { memoryPlugin } from "@archestra/secrets-core/memory";
import fc from "fast-check";
import { expect, test } from "vitest";
import { secretName } from "../support/arbitraries.ts";
import { describeEachDatabase } from "../support/each-database.ts";
import { startManager } from "../support/open-manager.ts";

/** What the caller saw of an answer; versions are numbered by their first appearance, because their text may differ. */
type Answer = unknown;

/** One of the two managers, with the versions that it has given so far. */
class Witness {
  readonly manager: SecretsManager;
  readonly #versions: string[] = [];

  constructor(manager: SecretsManager) {
    this.manager = manager;
  }

  /** The version that was given as the so-and-so-manieth; before there was any, one that no store gave. */
  version(index: number): string {
    return (
      this.#versions[index % Math.max(1, this.#versions.length)] ??
      `${this.manager.describe().manager}:none.1`
    );
  }

  async answer(call: (witness: Witness) => Promise<unknown>): Promise<Answer> {
    try {
      return this.#comparable(await call(this));
    } catch (error) {
      if (!isSecretsError(error)) throw error;
      return {
        code: error.code,
        reason: error.reason,
        retryable: error.retryable,
        secretName: error.secretName,
      };
    }
  }

  #comparable(result: unknown): Answer {
    if (result instanceof Map) return [...result].map(([name, entry]) => [name, this.#comparable(entry)]);
    if (Array.isArray(result)) return result.map((entry) => this.#comparable(entry));
    if (typeof result !== "object" || result === null) return result;
    if ("status" in result && "secret" in result) return { found: this.#comparable(result.secret) };
    if (!("name" in result)) return result;
    const { name, version, value } = result as { name: string; version: string; value?: unknown };
    if (!this.#versions.includes(version)) this.#versions.push(version);
    return { name, version: this.#versions.indexOf(version), value };
  }
}

interface Pair {
  readonly memory: Witness;
  readonly database: Witness;
}

class Step implements fc.AsyncCommand<object, Pair> {
  readonly #words: string;
  readonly #call: (witness: Witness) => Promise<unknown>;

  constructor(words: string, call: (witness: Witness) => Promise<unknown>) {
    this.#words = words;
    this.#call = call;
  }

  check(): boolean {
    return true;
  }

  async run(_model: object, { memory, database }: Pair): Promise<void> {
    const answers = [await memory.answer(this.#call), await database.answer(this.#call)];
    expect(answers[1]).toEqual(answers[0]);
  }

  toString(): string {
    return this.#words;
  }
}

async function collect(entries: AsyncIterable<unknown>): Promise<unknown[]> {
  const collected: unknown[] = [];
  for await (const entry of entries) collected.push(entry);
  return collected;
}

const numbers = fc.nat(1_000);

/** Few names, so that steps meet; among them a hard one of each kind. */
function steps(names: readonly string[]): fc.Arbitrary<fc.AsyncCommand<object, Pair>>[] {
  const name = fc.constantFrom("a", "a/b", "a/b/c", "b", "\uFF21", "\u{1F600}", ...names);
  const step = (
    words: string,
    call: (manager: SecretsManager, name: string, value: number, version: string) => Promise<unknown>,
  ) =>
    fc
      .tuple(name, numbers, numbers)
      .map(
        ([chosen, n, index]) =>
          new Step(`${words}(${JSON.stringify(chosen)}, ${n}, version ${index})`, (witness) =>
            call(witness.manager, chosen, n, witness.version(index)),
          ),
      );
  return [
    step("create", (manager, secret, n) => manager.create(secret, { n })),
    step("set", (manager, secret, n) => manager.set(secret, { n })),
    step("get", (manager, secret) => manager.get(secret)),
    step("has", (manager, secret) => manager.has(secret)),
    step("getMany", (manager, secret) => manager.getMany([secret, "b", "none", "a"])),
    step("update", (manager, secret, n) => manager.update(secret, { n })),
    step("updateBy", (manager, secret) => manager.update(secret, ({ n }) => ({ n: Number(n) + 1 }))),
    step("updateIf", (manager, secret, n, ifVersion) => manager.update(secret, { n }, { ifVersion })),
    step("updateByIf", (manager, secret, n, ifVersion) =>
      manager.update(secret, () => ({ n }), { ifVersion }),
    ),
    step("delete", (manager, secret) => manager.delete(secret)),
    step("deleteIf", (manager, secret, _, ifVersion) => manager.delete(secret, { ifVersion })),
    step("list", (manager) => collect(manager.list())),
    step("listFrom", (manager, secret, n) => collect(manager.list({ after: secret, limit: (n % 4) + 1 }))),
    step("listOf", (manager, secret) => collect(manager.list({ prefix: secret.slice(0, 2).toWellFormed() }))),
    step("check", async (manager) => {
      const { status, count, unlistedCount } = await manager.check({ count: true });
      return [status, count, unlistedCount];
    }),
  ];
}

describeEachDatabase("the same history", (create) => {
  test("gives the same answers as in memory", async () => {
    const database = await create();
    const onDatabase = await startManager(database.environment());
    const scenario = fc
      .array(secretName, { minLength: 2, maxLength: 3 })
      .chain((names) => fc.commands(steps(names), { maxCommands: 60, size: "max" }));
    await fc.assert(
      fc.asyncProperty(scenario, async (commands) => {
        const memory = await createSecretsManager({ plugins: [memoryPlugin()], manager: "MEMORY", env: {} });
        await database.query("DELETE FROM archestra_secrets");
        const pair = { memory: new Witness(memory), database: new Witness(onDatabase) };
        await fc.asyncModelRun(() => ({ model: {}, real: pair }), commands);
        await memory.close();
      }),
      { numRuns: 120 },
    );
  });
});
