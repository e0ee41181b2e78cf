import { isSecretsError } from "@archestra/secrets-core";
import { MemoryStore, memoryPlugin } from "@archestra/secrets-core/memory";
import type { EntryChange, ExpectedEntry, OwnershipStore } from "@archestra/secrets-core/ownership";
import type { SecretsBackend } from "@archestra/secrets-core/plugin";
import fc from "fast-check";
import { expect, test } from "vitest";
import { describeEachDatabase } from "../support/each-database.ts";
import { callContext, openBackend } from "../support/open-backend.ts";

/** Stands for the id of the store that keeps the table, which is not the same in both. */
const OWN = "OWN";

/** One of the two stores, with the versions that it has given so far. */
class Witness {
  readonly backend: SecretsBackend;
  readonly ownership: OwnershipStore;
  readonly #own: string;
  readonly #versions: string[] = [];

  constructor(backend: SecretsBackend, own: string) {
    this.backend = backend;
    this.ownership = backend.ownership as OwnershipStore;
    this.#own = own;
  }

  /** What a scenario says, for this store. */
  named({ manager, copy, ...row }: EntryChange): EntryChange {
    const id = (given: string) => (given === OWN ? this.#own : given);
    return {
      ...row,
      manager: id(manager),
      ...(copy === undefined ? {} : { copy: { ...copy, manager: id(copy.manager) } }),
    };
  }

  async answer(call: (witness: Witness) => Promise<unknown>): Promise<unknown> {
    try {
      return this.#comparable(await call(this));
    } catch (error) {
      if (!isSecretsError(error)) throw error;
      return [error.code, error.reason];
    }
  }

  /** Versions are numbered by their first appearance, because their text differs; times and ages are left aside. */
  #comparable(result: unknown): unknown {
    if (result instanceof Map) return this.#comparable([...result].toSorted());
    if (Array.isArray(result)) return result.map((entry) => this.#comparable(entry));
    if (result === this.#own) return OWN;
    if (typeof result !== "object" || result === null) return result;
    const {
      transitionAge,
      createdAt: _created,
      updatedAt: _updated,
      version,
      ...rest
    } = result as Record<string, unknown>;
    const entries = Object.entries(rest).map(([key, entry]) => [key, this.#comparable(entry)]);
    return {
      ...Object.fromEntries(entries),
      ...(transitionAge === undefined ? {} : { transitionAge: typeof transitionAge }),
      ...(version === undefined ? {} : { version: this.#number(String(version)) }),
    };
  }

  #number(version: string): number {
    if (!this.#versions.includes(version)) this.#versions.push(version);
    return this.#versions.indexOf(version);
  }
}

interface Pair {
  readonly memory: Witness;
  readonly database: Witness;
}

/** Which rows hold a value of the store's own, so that no step makes a row of its own without one, which is damage. */
interface Model {
  readonly holding: Set<string>;
}

type Call = (witness: Witness, holds: boolean) => Promise<unknown>;

class Step implements fc.AsyncCommand<Model, Pair> {
  readonly #words: string;
  readonly #name: string;
  readonly #call: Call;
  readonly #after: (answer: unknown, model: Model) => void;

  constructor(words: string, name: string, call: Call, after: (answer: unknown, model: Model) => void) {
    this.#words = words;
    this.#name = name;
    this.#call = call;
    this.#after = after;
  }

  check(): boolean {
    return true;
  }

  async run(model: Model, { memory, database }: Pair): Promise<void> {
    const holds = model.holding.has(this.#name);
    const answers = [
      await memory.answer((witness) => this.#call(witness, holds)),
      await database.answer((witness) => this.#call(witness, holds)),
    ];
    expect(answers[1]).toEqual(answers[0]);
    this.#after(answers[0], model);
  }

  toString(): string {
    return this.#words;
  }
}

const name = fc.constantFrom("a", "a/b", "b", "\uFF21", "\u{1F600}");
const number = fc.nat(3);
const manager = fc.constantFrom(OWN, "OTHER", "THIRD");
const change: fc.Arbitrary<EntryChange> = fc
  .record(
    {
      manager,
      state: fc.constantFrom("creating", "active", "active", "moving", "deleting"),
      transitionId: fc.constantFrom("o1", "o2", "o3"),
      path: fc.constantFrom("p", "q"),
      copy: fc.record(
        { manager, version: fc.constantFrom("1", "2"), path: fc.constantFrom("p", "q") },
        { requiredKeys: ["manager"] },
      ),
    },
    { requiredKeys: ["manager", "state"] },
  )
  .map((left: EntryChange) =>
    // Only what is active has no transition.
    left.state === "active" ? left : { transitionId: "o1", ...left },
  );
/** What differs between a row and what is expected of it; most often nothing. */
const mistake: fc.Arbitrary<Partial<ExpectedEntry>> = fc.oneof(
  { weight: 6, arbitrary: fc.constant({}) },
  fc.constantFrom(
    { transitionId: "o1" },
    { path: "p" },
    { copy: { manager: "OTHER" } },
    { manager: "FOURTH" },
    { state: "active" as const },
  ),
);

async function expectationOf({ ownership }: Witness, secret: string, wrong: Partial<ExpectedEntry>) {
  const found = await ownership.find(secret, callContext());
  const { transitionAge: _age, ...row } = found ?? {
    name: secret,
    manager: "OTHER",
    state: "active" as const,
  };
  return { ...row, ...wrong };
}

function step<Parts extends unknown[]>(
  words: string,
  parts: { [Index in keyof Parts]: fc.Arbitrary<Parts[Index]> },
  call: (witness: Witness, secret: string, holds: boolean, ...parts: Parts) => Promise<unknown>,
  after: (answer: unknown, model: Model, secret: string, ...parts: Parts) => void = () => {},
): fc.Arbitrary<fc.AsyncCommand<Model, Pair>> {
  return fc.tuple(name, fc.tuple(...parts)).map(
    ([secret, chosen]) =>
      new Step(
        `${words}(${[secret, ...chosen].map((part) => JSON.stringify(part)).join(", ")})`,
        secret,
        (witness, holds) => call(witness, secret, holds, ...(chosen as Parts)),
        (answer, model) => after(answer, model, secret, ...(chosen as Parts)),
      ),
  );
}

/** Whether a row takes a value, and whether it is given one: always where it would otherwise be ours without one. */
function givesValue(row: EntryChange, n: number, holds: boolean): boolean {
  const isKept = row.manager === OWN || row.copy?.manager === OWN;
  return isKept && (n === 0 || (row.manager === OWN && !holds));
}

function forget(answer: unknown, { holding }: Model, secret: string): void {
  if (answer === true) holding.delete(secret);
}

const steps = [
  step("claim", [change], (witness, secret, _holds, row) =>
    witness.ownership.claim(secret, witness.named({ ...row, manager: "OTHER" }), callContext()),
  ),
  step(
    "advance",
    [change, mistake, number],
    async (witness, secret, holds, row, wrong, n) => {
      const expected = await expectationOf(witness, secret, wrong);
      const value = givesValue(row, n, holds) ? { value: { n } } : {};
      return witness.ownership.advance(expected, { ...witness.named(row), ...value }, callContext());
    },
    (answer, { holding }, secret, row, _wrong, n) => {
      if (answer !== true) return;
      if (givesValue(row, n, holding.has(secret))) holding.add(secret);
      else if (row.manager !== OWN && row.copy?.manager !== OWN) holding.delete(secret);
    },
  ),
  step(
    "remove",
    [mistake],
    async (witness, secret, _holds, wrong) =>
      witness.ownership.remove(await expectationOf(witness, secret, wrong), callContext()),
    (answer, model, secret) => forget(answer, model, secret),
  ),
  step(
    "write",
    [fc.constantFrom("absent", "present", "any"), number],
    ({ backend }, secret, _holds, expect, n) => backend.write(secret, { n }, { expect }, callContext()),
    (answer, { holding }, secret) => {
      if (!Array.isArray(answer)) holding.add(secret);
    },
  ),
  step(
    "delete",
    [],
    ({ backend }, secret) => backend.delete(secret, { expect: "any" }, callContext()),
    (answer, model, secret) => forget(answer, model, secret),
  ),
  step("find", [], ({ ownership }, secret) => ownership.find(secret, callContext())),
  step("read", [], ({ ownership }, secret) => ownership.read(secret, callContext())),
  step("readMany", [], ({ ownership }, secret) => ownership.readMany([secret, "b", "none"], callContext())),
  step("get", [], ({ backend }, secret) => backend.get(secret, callContext())),
  step("has", [], async ({ backend }, secret) => backend.has?.(secret, callContext())),
  step("list", [number], ({ ownership }, after, _holds, n) =>
    Array.fromAsync(ownership.list({ prefix: "", after, limit: n + 1 }, callContext())),
  ),
  step("listOwn", [], ({ backend }) => Array.fromAsync(backend.list({ prefix: "" }, callContext()))),
  step("transitions", [], async ({ ownership }) => {
    const rows = await Array.fromAsync(ownership.transitions(callContext()));
    return new Map(rows.map((row) => [row.name, row]));
  }),
  step("count", [manager], (witness, _secret, _holds, except) =>
    witness.ownership.count(
      { except: witness.named({ manager: except, state: "active" }).manager },
      callContext(),
    ),
  ),
  step("countAll", [], ({ ownership }) => ownership.count({}, callContext())),
];

describeEachDatabase("the same history of an ownership table", (create) => {
  test("gives the same answers as in memory", async () => {
    const database = await create();
    const { backend } = await openBackend(database.environment());
    const scenario = fc.commands(steps, { maxCommands: 60, size: "max" });
    await fc.assert(
      fc.asyncProperty(scenario, async (commands) => {
        await database.query("DELETE FROM archestra_secrets");
        const context = { ...callContext(), strict: false, purpose: "secrets" } as const;
        const inMemory = await memoryPlugin().create({ store: new MemoryStore() } as never, context);
        const pair = { memory: new Witness(inMemory, "MEMORY"), database: new Witness(backend, "DB") };
        await fc.asyncModelRun(() => ({ model: { holding: new Set<string>() }, real: pair }), commands);
      }),
      { numRuns: 150 },
    );
  });
});
