import { migrateSecrets, type SecretsManager } from "@archestra/secrets-core";
import { type Death, MortalProcess } from "@archestra/test-harness/mortal-process";
import { before } from "@archestra/test-harness/stepwise-changes";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type Change, changes, otherThan } from "./changes.ts";
import { DatabaseAndVault, type ManagerId } from "./database-and-vault.ts";
import { describeWithVault } from "./describe-with-vault.ts";
import { createDatabase, type DialectName, describeDatabases } from "./test-database.ts";

/** One way to kill a change, and to go on afterwards. */
interface Killing {
  /** Selected in the process that is killed. */
  readonly selected: ManagerId;
  readonly isCarriedOut: boolean;
  /** Selected in the process that comes next. */
  readonly next: ManagerId;
}

const killings: readonly Killing[] = (["DB", "VAULT"] as const).flatMap((selected) =>
  [false, true].flatMap((isCarriedOut) =>
    (["DB", "VAULT"] as const).map((next) => ({ selected, isCarriedOut, next })),
  ),
);

/**
 * How many of the eight ways are tried at each step. Fewer: others at each step and at each change. Absent: the changes are
 * not killed with a table on this database.
 */
export type KillingsPerStep = Readonly<Partial<Record<DialectName, number>>>;

/** Kills a process at each step of each change, on real servers, and looks what is left. */
export function describeKilledChanges(perStep: KillingsPerStep): void {
  describeWithVault("a process is killed between two steps of", {}, (vault) => {
    describeDatabases(Object.keys(perStep) as DialectName[], "with an ownership table", (dialect) => {
      const killingsPerStep = perStep[dialect] ?? 0;
      let scene: Scene;

      beforeAll(async () => {
        scene = await Scene.open(new DatabaseAndVault(await createDatabase(dialect), vault()));
      });
      afterAll(() => scene.close());
      // What one test found left behind is not found by the next.
      beforeEach(() => scene.clear());

      test.for(changes.map((change, index) => ({ ...change, index })))(
        "$what: the secret is whole, readers agree, and nothing is left behind",
        async (change) => {
          const lengths = new Map<ManagerId, number>();
          for (let step = 0; lengths.size < 2; step++) {
            for (let turn = 0; turn < killingsPerStep; turn++) {
              // Three has no divisor in common with eight: all ways come up, with either manager in turn.
              const offset = 3 * (change.index + step) + turn * (killings.length / killingsPerStep);
              const killing = killings[offset % killings.length] as Killing;
              if (lengths.has(killing.selected)) continue;
              const outcome = await scene.kill(change, killing, step);
              if (outcome === "survived") lengths.set(killing.selected, step);
            }
          }
          expect(Math.min(...lengths.values())).toBeGreaterThan(0);
        },
      );
    });
  });
}

/** The places, and the processes that live through all of it. */
class Scene {
  readonly #places: DatabaseAndVault;
  /** They only prepare what a process then finds. */
  readonly #preparers: Readonly<Record<ManagerId, SecretsManager>>;
  readonly #dead: Promise<unknown>[] = [];

  static async open(places: DatabaseAndVault): Promise<Scene> {
    return new Scene(places, { DB: await places.open("DB"), VAULT: await places.open("VAULT") });
  }

  private constructor(places: DatabaseAndVault, preparers: Readonly<Record<ManagerId, SecretsManager>>) {
    this.#places = places;
    this.#preparers = preparers;
  }

  async close(): Promise<void> {
    await Promise.all(this.#dead);
    await Promise.all(Object.values(this.#preparers).map((manager) => manager.close()));
    await this.#places.database.remove();
  }

  clear(): Promise<void> {
    return this.#places.clear();
  }

  async kill(
    change: Change,
    { selected, isCarriedOut, next }: Killing,
    step: number,
  ): Promise<"died" | "survived"> {
    await this.#prepare(change);
    const process = await this.#run(change, selected, { step, isCarriedOut });
    const when = process.isDead
      ? `killed ${isCarriedOut ? "after" : "before"} step ${step}, ${process.steps.at(-1)?.plugin} ${process.steps.at(-1)?.method}`
      : "not killed";
    const at = `with ${selected} selected, ${when}; ${next} selected next`;
    await this.#places.age();
    const last = await this.#look(change, next, at);
    // Nothing is left for the next killing either.
    expect(await this.#places.rows(), `rows ${at}`).toEqual([]);
    expect(await this.#places.vaultNames(), `what Vault holds ${at}`).toEqual([]);
    await last.close();
    return process.isDead ? "died" : "survived";
  }

  async #prepare({ owner, copied }: Change): Promise<void> {
    if (owner === undefined) return;
    const first = copied ? otherThan[owner] : owner;
    await this.#preparers[first].create("a", before);
    if (!copied) return;
    const report = await migrateSecrets(this.#preparers[first], { to: owner });
    expect(report).toMatchObject({ done: 1, failed: 0 });
  }

  async #run({ run }: Change, selected: ManagerId, death: Death): Promise<MortalProcess> {
    const process = new MortalProcess();
    const manager = await this.#places.open(selected, { intercept: process.intercept });
    process.dieAt(death);
    const running = run(manager);
    await Promise.race([process.died, running]);
    if (process.isDead) {
      running.catch(() => undefined);
      // Only its sockets are closed: nothing that it calls happens any more.
      this.#dead.push(manager.close({ timeout: 0 }).catch(() => undefined));
    } else {
      await manager.close();
    }
    return process;
  }

  /** Readers with either manager selected; the first one then deletes the secret, and is given back. */
  async #look({ allowed }: Change, next: ManagerId, at: string): Promise<SecretsManager> {
    const readers = [await this.#places.open(next), await this.#places.open(otherThan[next])] as const;
    const seen: unknown[] = [];
    for (const reader of readers) {
      const secret = await reader.get("a");
      seen.push(secret?.value);
      expect(allowed, `what is read ${at}`).toContainEqual(secret?.value);
      expect(await reader.has("a"), `has ${at}`).toBe(secret !== undefined);
      const listed = await Array.fromAsync(reader.list(), ({ name }) => name);
      expect(listed, `list ${at}`).toEqual(secret === undefined ? [] : ["a"]);
    }
    expect(seen[0], `readers agree ${at}`).toEqual(seen[1]);
    const [first, second] = readers;
    await second.close();
    expect(await first.delete("a"), `delete ${at}`).toBe(seen[0] !== undefined);
    return first;
  }
}
