import { afterEach, expect, test, vi } from "vitest";
import { finalizeMigration, migrateSecrets, type SecretsManager } from "../../src/index.ts";
import { failure } from "../support/failure.ts";
import { ThreeStores } from "../support/three-stores.ts";

afterEach(() => vi.restoreAllMocks());

const value = Object.freeze({ token: "a" });

interface Change {
  readonly what: string;
  /** Where the secret was and is: it was moved from one to the next. */
  readonly path: Parameters<ThreeStores["moveAlong"]>[1];
  /** The values that another program wrote without the table. */
  readonly prepare?: (stores: ThreeStores) => void;
  readonly run: (manager: SecretsManager) => Promise<unknown>;
  readonly after: string;
  /** What would hit what others did by then. */
  readonly never: string;
}

const changes: readonly Change[] = [
  {
    what: "a creation",
    path: [],
    run: (manager) => manager.create("a", value),
    after: "MEMORY ownership.claim",
    never: "OUTER write",
  },
  {
    what: "a deletion",
    path: ["OUTER"],
    run: (manager) => manager.delete("a"),
    after: "MEMORY ownership.advance",
    never: "OUTER delete",
  },
  {
    what: "a deletion with a copy",
    path: ["OUTER", "MEMORY"],
    run: (manager) => manager.delete("a"),
    after: "MEMORY ownership.advance",
    never: "OUTER delete",
  },
  {
    what: "a deletion whose copy was deleted",
    path: ["THIRD", "OUTER"],
    run: (manager) => manager.delete("a"),
    after: "THIRD delete",
    never: "OUTER delete",
  },
  {
    what: "a move",
    path: ["MEMORY"],
    run: (manager) => migrateSecrets(manager, { to: "OUTER" }).then(thrown),
    after: "MEMORY ownership.advance",
    never: "OUTER write",
  },
  {
    what: "the end of a move",
    path: ["OUTER", "MEMORY"],
    run: (manager) => finalizeMigration(manager).then(thrown),
    after: "MEMORY ownership.advance",
    never: "OUTER delete",
  },
  {
    what: "the end of a move whose copy was changed",
    path: ["OUTER", "MEMORY"],
    prepare: ({ outer }) => {
      for (const row of outer.rows) outer.replace(row, { version: row.version + 1 });
    },
    run: (manager) => finalizeMigration(manager).then(thrown),
    after: "MEMORY ownership.find",
    never: "OUTER delete",
  },
  {
    what: "a move back whose copy was removed",
    path: ["OUTER", "MEMORY"],
    prepare: ({ outer }) => outer.remove("a"),
    run: (manager) => migrateSecrets(manager, { to: "OUTER" }).then(thrown),
    after: "OUTER write",
    never: "OUTER write",
  },
  {
    what: "a replacement of a value that cannot be read",
    path: ["OUTER"],
    prepare: ({ outer }) => {
      for (const row of outer.rows) outer.replace(row, { value: [] as never });
    },
    run: (manager) => manager.set("a", value),
    after: "MEMORY ownership.advance",
    never: "OUTER write",
  },
];

test.each(changes)(
  "$what that was suspended until after its deadline does not continue after $after",
  async ({ path, prepare, run, after, never }) => {
    const stores = new ThreeStores();
    await stores.moveAlong(value, path);
    prepare?.(stores);
    let isLate = false;
    const lateSteps: string[] = [];
    const manager = await stores.open("OUTER", async ({ plugin, method }, step) => {
      if (isLate) lateSteps.push(`${plugin} ${method}`);
      try {
        return await step();
      } finally {
        if (!isLate && `${plugin} ${method}` === after) {
          isLate = true;
          const clock = Date.now.bind(Date);
          vi.spyOn(Date, "now").mockImplementation(() => clock() + 10 * 60_000);
        }
      }
    });
    expect(await failure(run(manager))).toMatchObject({ code: "OUTCOME_UNKNOWN" });
    expect(isLate).toBe(true);
    expect(lateSteps).not.toContain(never);
  },
);

/** What is wrong with one secret stands in the report. */
function thrown({ failures }: { readonly failures: readonly { readonly error: Error }[] }): void {
  for (const { error } of failures) throw error;
}
