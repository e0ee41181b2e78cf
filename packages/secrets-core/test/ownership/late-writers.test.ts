import { describe, expect, test } from "vitest";
import { finalizeMigration, isSecretsError, migrateSecrets, type SecretsManager } from "../../src/index.ts";
import { SuspendedProcess } from "../support/suspended-process.ts";
import { type ManagerId, type OuterOptions, TwoStores } from "../support/two-stores.ts";

/** The secret counts what was done to it, each by a mark. */
interface Marked {
  readonly marks: readonly string[];
}

/** A call that is suspended in the middle, and what must be true once everything is over. */
interface LateCall {
  readonly call: string;
  readonly run: (manager: SecretsManager, version: string | undefined) => Promise<unknown>;
  /**
   * @param marks those of the secret in the end; undefined: it is absent
   * @param others those whose writes were acknowledged to other processes
   */
  readonly check: (outcome: unknown, marks: readonly string[] | undefined, others: readonly string[]) => void;
}

const mark = (manager: SecretsManager, text: string) =>
  manager.update("a", (current) => ({ marks: [...(current as unknown as Marked).marks, text] }));
const late = { marks: ["late"] };

const writes = (call: string, run: LateCall["run"]): LateCall => ({
  call,
  run,
  check: (outcome, marks) => {
    expect(outcome).toBe("done");
    expect(marks?.filter((text) => text === "late")).toEqual(["late"]);
  },
});

const reads = (call: string, run: LateCall["run"]): LateCall => ({
  call,
  run,
  check: (outcome, marks) => {
    expect(outcome).toBe("found");
    expect(marks).toContain("first");
  },
});

const found = (isFound: boolean) => (isFound ? "found" : "absent");

const lateCalls: readonly LateCall[] = [
  writes("set", (manager) => manager.set("a", late)),
  writes("update", (manager) => manager.update("a", late)),
  {
    ...writes("update by a function", (manager) => mark(manager, "late")),
    check: (outcome, marks, others) => {
      expect(outcome).toBe("done");
      expect(marks?.toSorted()).toEqual(["first", "late", ...others]);
    },
  },
  {
    call: "update of a version",
    run: (manager, ifVersion) => manager.update("a", late, { ifVersion }),
    check: (outcome, marks) => {
      expect(outcome).toBeOneOf(["done", "CONFLICT"]);
      expect(marks?.includes("late")).toBe(outcome === "done");
    },
  },
  {
    call: "delete",
    run: (manager) => manager.delete("a"),
    check: (outcome, marks) => {
      expect(outcome).toBe(true);
      expect(marks).toBeUndefined();
    },
  },
  {
    call: "delete of a version",
    run: (manager, ifVersion) => manager.delete("a", { ifVersion }),
    check: (outcome, marks) => {
      expect(outcome).toBeOneOf([true, "CONFLICT"]);
      expect(marks === undefined).toBe(outcome === true);
    },
  },
  {
    call: "create",
    run: (manager) => manager.create("a", late),
    check: (outcome, marks) => {
      expect(outcome).toBe("ALREADY_EXISTS");
      expect(marks).not.toContain("late");
    },
  },
  reads("get", async (manager) => found((await manager.get("a")) !== undefined)),
  reads("getMany", async (manager) => found((await manager.getMany(["a"])).get("a")?.status === "found")),
  reads("has", async (manager) => found(await manager.has("a"))),
];

/** What happens meanwhile. */
interface Meanwhile {
  readonly from: ManagerId;
  /** @returns the marks that were put */
  readonly run: (mover: SecretsManager, other: SecretsManager) => Promise<readonly string[]>;
  readonly outer?: OuterOptions;
}

const opposite: Record<ManagerId, ManagerId> = { MEMORY: "OUTER", OUTER: "MEMORY" };

/** Moves there and back, with a write of another process at the new owner. */
const toAndFro = (from: ManagerId): Meanwhile => ({
  from,
  run: async (mover, other) => {
    await migrateSecrets(mover, { to: opposite[from] });
    const isMarked = await markIfThere(other);
    await finalizeMigration(mover);
    await migrateSecrets(mover, { to: from });
    await finalizeMigration(mover);
    return isMarked ? ["other"] : [];
  },
});

describe.each(["MEMORY", "OUTER"] as const)("from %s and back,", (from) => {
  describe.each(["MEMORY", "OUTER"] as const)("with %s selected,", (selected) => {
    test.each(lateCalls)(
      "$call, suspended before each of its steps, is neither lost nor applied to the wrong value",
      async (lateCall) => {
        await suspendEverywhere(selected, lateCall, toAndFro(from));
      },
    );
  });
});

describe("to a manager without conditional writes, with no other writer,", () => {
  const oneWay: Meanwhile = {
    from: "MEMORY",
    outer: { conditionalWrites: false },
    run: async (mover) => {
      await migrateSecrets(mover, { to: "OUTER" });
      await finalizeMigration(mover);
      return [];
    },
  };
  const promised = lateCalls.filter(({ call }) => !call.endsWith("of a version"));
  describe.each(["MEMORY", "OUTER"] as const)("with %s selected,", (selected) => {
    test.each(promised)(
      "$call, suspended before each of its steps, is neither lost nor applied to the wrong value",
      async (lateCall) => {
        await suspendEverywhere(selected, lateCall, oneWay);
      },
    );
  });
});

describe.each(["MEMORY", "OUTER"] as const)("with %s selected,", (selected) => {
  test.each(["MEMORY", "OUTER"] as const)(
    "a deletion at %s, suspended before each of its steps, is final once another process has seen it, with the copy still there",
    async (owner) => {
      const seen: boolean[] = [];
      for (let step = 0, isSuspended = true; isSuspended; step++) {
        const stores = new TwoStores();
        const first = await stores.open(opposite[owner]);
        await first.create("a", { marks: ["first"] });
        await migrateSecrets(first, { to: owner });
        const late = new SuspendedProcess();
        const deleter = await stores.open(selected, { intercept: late.intercept });
        const suspended = late.suspendAt(isStep(step));
        const deleting = deleter.delete("a");
        await Promise.race([suspended, deleting]);
        isSuspended = late.isSuspended;
        // Either may be the one that has the copy.
        const readers = [await stores.open("MEMORY"), await stores.open("OUTER")];
        const looks = await Promise.all(readers.flatMap((reader) => [reader.get("a"), reader.has("a")]));
        const [isThere, ...others] = looks.map(Boolean);
        expect(others).toEqual(others.map(() => isThere));
        seen.push(isThere === true);
        late.resume();
        expect(await deleting).toBe(true);
        for (const reader of readers) expect(await reader.get("a")).toBeUndefined();
        expect(stores.contents).toEqual({ rows: [], outer: [] });
      }
      expect(seen).toEqual(seen.toSorted((one, other) => Number(other) - Number(one)));
      expect(new Set(seen)).toEqual(new Set([true, false]));
    },
  );

  test.each<
    readonly [
      call: string,
      run: (manager: SecretsManager, version: string | undefined) => unknown,
      outcome: unknown,
    ]
  >([
    ["get", async (manager) => (await manager.get("a"))?.value, { marks: ["first"] }],
    ["getMany", async (manager) => (await manager.getMany(["a"])).get("a")?.status, "found"],
    ["has", (manager) => manager.has("a"), true],
    ["update", async (manager) => (await manager.update("a", late)).name, "a"],
    ["update by a function", async (manager) => (await mark(manager, "late")).name, "a"],
    [
      "update of a version",
      (manager, ifVersion) => outcomeOf(manager.update("a", late, { ifVersion })),
      "CONFLICT",
    ],
  ])(
    "%s finds a secret that is absent from its owner at the first read, and present at the second",
    async (_call, run, outcome) => {
      const stores = new TwoStores();
      const mover = await stores.open("OUTER");
      const { version } = await mover.create("a", { marks: ["first"] });
      const reader = new SuspendedProcess();
      const manager = await stores.open(selected, { intercept: reader.intercept });
      const beforeOwner = reader.suspendAt(({ plugin }) => plugin === "OUTER");
      const calling = run(manager, version);
      await Promise.race([beforeOwner, calling]);
      await migrateSecrets(mover, { to: "MEMORY" });
      await finalizeMigration(mover);
      reader.resume();
      await Promise.race([reader.suspendAt(() => true), calling]);
      await migrateSecrets(mover, { to: "OUTER" });
      await finalizeMigration(mover);
      reader.resume();
      expect(await calling).toEqual(outcome);
    },
  );

  test("a secret that was at the target temporarily does not prevent a move", async () => {
    const stores = new TwoStores();
    const [atMemory, atOuter] = [await stores.open("MEMORY"), await stores.open("OUTER")];
    await atMemory.create("a", { marks: ["first"] });
    const rest = new SuspendedProcess();
    const mover = await stores.open(selected, { intercept: rest.intercept });
    const suspended = rest.suspendAt(({ plugin }) => plugin === "OUTER");
    const moving = migrateSecrets(mover, { to: "OUTER" });
    await suspended;
    await atOuter.delete("a");
    await atOuter.create("a", { marks: ["other"] });
    rest.resume();
    await Promise.race([rest.suspendAt(() => true), moving]);
    await atOuter.delete("a");
    rest.resume();
    expect(await moving).toMatchObject({ done: 0, skipped: 1, failed: 0 });
    expect(stores.contents).toEqual({ rows: [], outer: [] });
  });

  test("a recreated secret is not read as present and then as absent", async () => {
    const stores = new TwoStores();
    const owner = await stores.open("OUTER");
    await owner.create("a", { marks: ["first"] });
    const reader = new SuspendedProcess();
    const manager = await stores.open(selected, { intercept: reader.intercept });
    const suspended = reader.suspendAt(({ plugin }) => plugin === "OUTER");
    const reading = manager.get("a");
    await suspended;
    await owner.delete("a");
    const creator = new SuspendedProcess();
    const creating = await stores.open("OUTER", { intercept: creator.intercept });
    // The value is written, and the row still pending.
    const creatorSuspended = creator.suspendAt(({ method }) => method === "ownership.advance");
    const created = creating.create("a", late);
    await creatorSuspended;
    reader.resume();
    expect((await reading)?.value).toEqual(late);
    for (const next of [await stores.open("MEMORY"), await stores.open("OUTER")]) {
      expect((await next.get("a"))?.value).toEqual(late);
      expect(await next.has("a")).toBe(true);
      expect((await next.getMany(["a"])).get("a")?.status).toBe("found");
    }
    creator.resume();
    await created;
  });

  test("an unreadable secret is not moved during a concurrent set()", async () => {
    const stores = new TwoStores();
    const manager = await stores.open("OUTER");
    await manager.create("a", { marks: ["first"] });
    for (const row of stores.outer.rows) stores.outer.replace(row, { value: [] as never });
    const writer = new SuspendedProcess();
    const late = await stores.open(selected, { intercept: writer.intercept });
    const suspended = writer.suspendAt(({ plugin, method }) => plugin === "OUTER" && method === "write");
    const setting = late.set("a", { marks: ["late"] });
    await suspended;
    const rest = new SuspendedProcess();
    const mover = await stores.open("OUTER", { intercept: rest.intercept });
    const isWaiting = rest.suspendAt(() => false);
    const moving = migrateSecrets(mover, { to: "MEMORY" });
    await Promise.race([isWaiting, moving]);
    writer.resume();
    await setting;
    expect(await moving).toMatchObject({ done: 1, failed: 0 });
    expect(await manager.get("a")).toMatchObject({ manager: "MEMORY", value: { marks: ["late"] } });
  });
});

/** @returns whether there was a secret to put a mark on */
async function markIfThere(manager: SecretsManager): Promise<boolean> {
  const outcome = await outcomeOf(mark(manager, "other"));
  expect(outcome).toBeOneOf(["done", "NOT_FOUND"]);
  return outcome === "done";
}

/** Holds the call before each of its steps, lets the rest come to each of its own, and lets the call go on there. */
async function suspendEverywhere(
  selected: ManagerId,
  lateCall: LateCall,
  meanwhile: Meanwhile,
): Promise<void> {
  let runs = 0;
  for (let lateStep = 0; ; lateStep++) {
    for (let step = 0; ; step++) {
      const state = await holdAndLook(selected, lateCall, meanwhile, lateStep, step);
      if (state === "late call ended") {
        expect(runs).toBeGreaterThan(0);
        return;
      }
      runs++;
      if (state === "all ended") break;
    }
  }
}

async function holdAndLook(
  selected: ManagerId,
  lateCall: LateCall,
  meanwhile: Meanwhile,
  lateStep: number,
  step: number,
): Promise<"suspended" | "late call ended" | "all ended"> {
  const stores = new TwoStores(meanwhile.outer);
  const first = await stores.open(meanwhile.from);
  const { version } = await first.create("a", { marks: ["first"] });
  const late = new SuspendedProcess();
  const rest = new SuspendedProcess();
  const lateManager = await stores.open(selected, { intercept: late.intercept });
  const mover = await stores.open(selected, { intercept: rest.intercept });
  const other = await stores.open(opposite[selected], { intercept: rest.intercept });

  const lateHeld = late.suspendAt(isStep(lateStep));
  const calling = outcomeOf(lateCall.run(lateManager, version));
  await Promise.race([lateHeld, calling]);
  if (!late.isSuspended) return "late call ended";
  const restHeld = rest.suspendAt(isStep(step));
  const resting = meanwhile.run(mover, other);
  await Promise.race([restHeld, resting]);
  const isRestSuspended = rest.isSuspended;
  const at = `suspended before ${stepOf(late, lateStep)}, while the rest was before ${stepOf(rest, step)}`;
  await Promise.race([calling, late.resume()]);
  rest.resume();
  const others = await resting;
  const outcome = await calling;

  for (const reader of [first, other]) {
    const secret = await reader.get("a");
    try {
      lateCall.check(outcome, (secret?.value as Marked | undefined)?.marks, others);
    } catch (error) {
      throw new Error(`${lateCall.call}, ${at}: ${error instanceof Error ? error.message : error}`);
    }
  }
  await other.delete("a");
  expect(stores.contents, at).toEqual({ rows: [], outer: [] });
  for (const manager of [first, lateManager, mover, other]) await manager.close();
  return isRestSuspended ? "suspended" : "all ended";
}

const isStep = (step: number) => (_step: unknown, index: number) => index === step;

function stepOf({ steps }: SuspendedProcess, index: number): string {
  const step = steps[index];
  return step === undefined ? "nothing more" : `step ${index}, ${step.plugin} ${step.method}`;
}

/** What a call came to: what it gave, `done` for a write, the code of its error. */
async function outcomeOf(call: Promise<unknown>): Promise<unknown> {
  try {
    const result = await call;
    return typeof result === "object" ? "done" : result;
  } catch (error) {
    if (isSecretsError(error)) return error.code;
    throw error;
  }
}
