import {
  finalizeMigration,
  isSecretsError,
  migrateSecrets,
  type SecretsManager,
} from "@archestra/secrets-core";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { DatabaseAndVault, type ManagerId } from "./database-and-vault.ts";
import { describeWithVault } from "./describe-with-vault.ts";
import { EditedScene, secretNames, valueNamed } from "./edited-scene.ts";
import { type Edit, edits } from "./edits.ts";
import { createDatabase, describeEachDatabase } from "./test-database.ts";

const newValue = { secret: "new" };

/** What a call did: what is right to read afterwards follows from it. */
type Effect =
  /** It gave the right value or said truly that there is a secret, and changed nothing. */
  | "right"
  /** It said that there is nothing, or had nothing to do, and changed nothing. */
  | "nothing"
  | "written"
  | "deleted"
  /** Moved, or freed of its copy. */
  | "moved";

const calls: Readonly<Record<string, (manager: SecretsManager, name: string) => Promise<Effect>>> = {
  get: async (manager, name) => effectOfRead((await manager.get(name))?.value, name),
  has: async (manager, name) => ((await manager.has(name)) ? "right" : "nothing"),
  getMany: async (manager, name) => {
    const result = (await manager.getMany([name])).get(name);
    if (result?.status === "failed") throw result.error;
    return effectOfRead(result?.status === "found" ? result.secret.value : undefined, name);
  },
  create: async (manager, name) => written(await manager.create(name, newValue)),
  set: async (manager, name) => written(await manager.set(name, newValue)),
  update: async (manager, name) => written(await manager.update(name, newValue)),
  "update by a function": async (manager, name) => {
    const change = (current: object) => {
      expect(current, "what the function is given").toEqual(valueNamed(name));
      return newValue;
    };
    return written(await manager.update(name, change));
  },
  delete: async (manager, name) => {
    await manager.delete(name);
    return "deleted";
  },
  "migrate to DB": (manager, name) => effectOfWork(migrateSecrets(manager, { to: "DB", prefix: name })),
  "migrate to VAULT": (manager, name) => effectOfWork(migrateSecrets(manager, { to: "VAULT", prefix: name })),
  finalize: (manager, name) => effectOfWork(finalizeMigration(manager, { prefix: name })),
};

/** What a call may say instead. */
const refusals = [
  "INVALID_CONFIGURATION OWNER_NOT_CONFIGURED",
  "INVALID_CONFIGURATION PATH_MISMATCH",
  "INVALID_CONFIGURATION OWNER_MISMATCH",
  "INVALID_CONFIGURATION COPY_AT_OWNER",
  "DECRYPTION_FAILED TAMPERED",
  "INVALID_VALUE VALUE_MISSING",
  "NOT_FOUND",
  "ALREADY_EXISTS",
  "ALREADY_EXISTS OTHER_MANAGER",
  "ALREADY_EXISTS TARGET_OCCUPIED",
  "CONFLICT COPY_ELSEWHERE",
  "CONFLICT COPY_CHANGED",
  "CONFLICT OWNER_EMPTY",
];

/**
 * Edits rows in every way, and calls everything on each.
 *
 * @param selections each call with both managers selected, or in turn with one of them
 */
export function describeEditedRows(selections: "both" | "in turn"): void {
  describeWithVault("a row that was edited by hand", {}, (vault) => {
    describeEachDatabase("in an ownership table", (dialect) => {
      let scene: EditedScene;

      beforeAll(async () => {
        scene = await EditedScene.open(new DatabaseAndVault(await createDatabase(dialect), vault()));
      });
      afterAll(() => scene.close());
      beforeEach(() => scene.fill());

      test.each(edits)("and that has $what", async (edit) => {
        const read: Record<string, string> = {};
        let turn = dialect === "PostgreSQL" ? 0 : 1;
        for (const name of edit.names) {
          for (const call of Object.keys(calls)) {
            // Who is selected is nothing to the database: each is asked by one of the two in turn, the other one by the other.
            const both = ["DB", "VAULT"] as const;
            const some = call === "get" || selections === "both" ? both : [both[turn++ % 2] ?? both[0]];
            for (const selected of some) {
              const effect = await expectHarmless(scene, edit, { selected, call, name });
              if (call === "get" && name === edit.names[0]) read[selected] = effect;
            }
          }
        }
        const { get } = edit;
        expect(read).toEqual(typeof get === "string" ? { DB: get, VAULT: get } : get);
      });
    });
  });
}

/** Edits, calls, looks what became of the secrets, and mends: all must be there then. */
async function expectHarmless(
  scene: EditedScene,
  { names, statements }: Edit,
  { selected, call, name }: { readonly selected: ManagerId; readonly call: string; readonly name: string },
): Promise<string> {
  const manager = scene.managers[selected];
  const undo = await scene.edit(statements(scene.places));
  const effect = await effectOf(async () => calls[call]?.(manager, name));
  const at = `${call} of ${name} with ${selected} selected, ${effect}`;
  const others = secretNames.filter((other) => !names.includes(other));
  expect(await scene.wronglyRead(others), `other secrets after ${at}`).toEqual([]);
  const allowed = allowedAfter(effect, name);
  if (allowed !== undefined) {
    expect(allowed, at).toContainEqual((await manager.get(name))?.value);
    await scene.fill();
    return effect;
  }
  expect(["right", "nothing", ...refusals], at).toContain(effect);
  await undo();
  expect(await scene.wronglyRead(secretNames), `once the row is mended after ${at}`).toEqual([]);
  return effect;
}

/** What may be read after a call that changed something. Undefined: it did not. */
function allowedAfter(effect: string, name: string): readonly (object | undefined)[] | undefined {
  if (effect === "written") return [newValue];
  if (effect === "moved") return [valueNamed(name)];
  // What the edit had hidden may show.
  return effect === "deleted" ? [undefined, valueNamed(name)] : undefined;
}

function effectOfRead(value: unknown, name: string): Effect {
  if (value === undefined) return "nothing";
  expect(value).toEqual(valueNamed(name));
  return "right";
}

function written(_info: object): Effect {
  return "written";
}

async function effectOfWork(report: ReturnType<typeof migrateSecrets>): Promise<Effect> {
  const { done, failures } = await report;
  if (failures[0] !== undefined) throw failures[0].error;
  return done > 0 ? "moved" : "nothing";
}

/** Or how it was refused. */
async function effectOf(call: () => Promise<Effect | undefined>): Promise<string> {
  try {
    return (await call()) ?? "no call";
  } catch (error) {
    if (!isSecretsError(error)) throw error;
    return error.reason === undefined ? error.code : `${error.code} ${error.reason}`;
  }
}
