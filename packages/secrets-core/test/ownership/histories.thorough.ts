import type { Step } from "@archestra/test-harness/intercepted-plugin";
import type { MovableSecrets } from "@archestra/test-harness/movable-secrets";
import { checkMovingHistories, everyMovingAnswer } from "@archestra/test-harness/moving-histories";
import { expect, test } from "vitest";
import type { SecretsManager } from "../../src/index.ts";
import type { OwnershipEntry } from "../../src/ownership.ts";
import { isSameValue, type SecretValue } from "../../src/plugin.ts";
import { movableStores } from "../support/movable-stores.ts";
import { TwoStores } from "../support/two-stores.ts";

test("2 000 random histories in which secrets move and processes die are linearizable, name by name", async () => {
  const stores = new TwoStores();
  const secrets = movableStores(stores);
  expect(await checkMovingHistories({ runs: 2_000, secrets })).toEqual(everyMovingAnswer(secrets.managers));
  expect(stores.contents).toEqual({ rows: [], outer: [] });
});

/** What a store does otherwise than it should. Undefined: it does as it should. */
type Mistake = (step: Step, stores: TwoStores) => unknown;

const mistakes: readonly [what: string, mistake: Mistake][] = [
  [
    "a manager that writes whichever version there is",
    ({ plugin, method, args }, { outer }) => {
      const [name, value, { expect: state }] = args as [string, SecretValue, { expect: unknown }];
      const row = outer.find(name);
      if (plugin !== "OUTER" || method !== "write" || typeof state !== "object" || row === undefined) return;
      const { id, version } = outer.replace(row, { value, version: row.version + 1 });
      return { name, version: `${id}.${version}` };
    },
  ],
  [
    "a manager that gives an equal value no version of its own",
    ({ plugin, method, args }, { outer }) => {
      const [name, value] = args as [string, SecretValue];
      const row = outer.find(name);
      if (plugin !== "OUTER" || method !== "write" || row?.value === undefined) return;
      return isSameValue(value, row.value) ? { name, version: `${row.id}.${row.version}` } : undefined;
    },
  ],
  [
    "a manager that deletes nothing",
    ({ plugin, method }) => (plugin === "OUTER" && method === "delete" ? true : undefined),
  ],
  [
    "a table that changes rows whatever they are",
    ({ method, args }, { table }) => {
      const [{ name }, change] = args as [OwnershipEntry, OwnershipEntry];
      const row = table.find(name);
      if (method !== "ownership.advance" || row === undefined) return;
      table.replace(row, { transitionId: undefined, path: undefined, copy: undefined, ...change });
      return true;
    },
  ],
];

test.each(mistakes)("%s is detected, and the report has the seed", async (_what, mistake) => {
  const stores = new TwoStores();
  const sound = movableStores(stores);
  const secrets: MovableSecrets<SecretsManager> = {
    ...sound,
    open: (selected, intercept) =>
      sound.open(selected, (step, run) =>
        intercept(step, async () => (await mistake(step, stores)) ?? (await run())),
      ),
  };
  await expect(checkMovingHistories({ runs: 10_000, secrets })).rejects.toThrow(/\bseed \d+\b/i);
});
