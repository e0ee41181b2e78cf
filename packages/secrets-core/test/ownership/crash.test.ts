import { type Death, MortalProcess } from "@archestra/test-harness/mortal-process";
import { before, type StepwiseChange, stepwiseChanges } from "@archestra/test-harness/stepwise-changes";
import { describe, expect, test } from "vitest";
import { finalizeMigration, migrateSecrets, type SecretsManager } from "../../src/index.ts";
import { type ManagerId, TwoStores } from "../support/two-stores.ts";

const other: Record<ManagerId, ManagerId> = { MEMORY: "OUTER", OUTER: "MEMORY" };

const changes = stepwiseChanges<SecretsManager, ManagerId>({
  managers: ["MEMORY", "OUTER"],
  migrate: migrateSecrets,
  finalize: finalizeMigration,
});

describe.each(["MEMORY", "OUTER"] as const)("with %s selected, killed at each step of", (selected) => {
  test.each(changes)("$what: the secret is whole, and nothing is left behind", async (change) => {
    let step = 0;
    for (; ; step++) {
      const outcomes = new Set<string>();
      for (const isCarriedOut of [false, true]) {
        // Whoever comes next may have either manager selected.
        for (const next of ["MEMORY", "OUTER"] as const) {
          outcomes.add(await killAndLook(selected, change, { step, isCarriedOut }, next));
        }
      }
      if (outcomes.has("survived")) break;
    }
    expect(step).toBeGreaterThan(0);
  });
});

async function killAndLook(
  selected: ManagerId,
  change: StepwiseChange<SecretsManager, ManagerId>,
  death: Death,
  next: ManagerId,
): Promise<"died" | "survived"> {
  const stores = await storesFor(change);
  const process = new MortalProcess();
  const manager = await stores.open(selected, { intercept: process.intercept });
  process.dieAt(death);
  const running = change.run(manager);
  await Promise.race([process.died, running]);
  running.catch(() => undefined);
  if (!process.isDead) await manager.close();

  stores.age();
  const at = `${death.isCarriedOut ? "after" : "before"} step ${death.step}, ${process.steps.at(-1)?.method}`;
  const seen = new Set<string>();
  for (const readerOf of [next, other[next]]) {
    const reader = await stores.open(readerOf);
    const secret = await reader.get("a");
    seen.add(JSON.stringify(secret?.value));
    expect(change.allowed, `what ${readerOf} reads when killed ${at}`).toContainEqual(secret?.value);
    expect(await reader.has("a"), at).toBe(secret !== undefined);
    const listed = await Array.fromAsync(reader.list(), ({ name }) => name);
    expect(listed, at).toEqual(secret === undefined ? [] : ["a"]);
    await reader.close();
  }
  expect(seen.size, `readers agree when it was killed ${at}`).toBe(1);
  const last = await stores.open(next);
  const wasThere = (await last.get("a")) !== undefined;
  expect(await last.delete("a"), at).toBe(wasThere);
  expect(stores.contents, `what is left after a deletion when killed ${at}`).toEqual({ rows: [], outer: [] });
  await last.close();
  return process.isDead ? "died" : "survived";
}

async function storesFor({ owner, copied }: StepwiseChange<SecretsManager, ManagerId>): Promise<TwoStores> {
  const stores = new TwoStores();
  if (owner === undefined) return stores;
  const manager = await stores.open(copied ? other[owner] : owner);
  await manager.create("a", before);
  if (copied) await migrateSecrets(manager, { to: owner });
  await manager.close();
  return stores;
}
