import { finalizeMigration, migrateSecrets, type SecretsManager } from "@archestra/secrets-core";
import type { ManagerId } from "./database-and-vault.ts";

/** A change of the secret `a` that takes several steps, and what a process may be killed in the middle of. */
export interface Change {
  readonly what: string;
  /** Who has the secret before. Absent: there is none. */
  readonly owner?: ManagerId;
  /** A copy is left at the other manager. */
  readonly copied?: boolean;
  readonly run: (manager: SecretsManager) => Promise<unknown>;
  /** What may be read afterwards; undefined is absence. */
  readonly allowed: readonly (object | undefined)[];
}

export const otherThan: Readonly<Record<ManagerId, ManagerId>> = { DB: "VAULT", VAULT: "DB" };

/** The value before, and the one that changes leave. */
export const before = Object.freeze({ token: "old" });
export const after = Object.freeze({ token: "new" });

export const changes: readonly Change[] = [
  { what: "create", run: (manager) => manager.create("a", after), allowed: [undefined, after] },
  { what: "set of nothing", run: (manager) => manager.set("a", after), allowed: [undefined, after] },
  ...changesOf("DB", false),
  ...changesOf("DB", true),
  ...changesOf("VAULT", false),
  ...changesOf("VAULT", true),
];

function changesOf(owner: ManagerId, copied: boolean): Change[] {
  const state = { owner, copied };
  const from = `of ${owner}${copied ? ", moved there before" : ""}`;
  return [
    { what: `set ${from}`, ...state, run: (m) => m.set("a", after), allowed: [before, after] },
    { what: `update ${from}`, ...state, run: (m) => m.update("a", after), allowed: [before, after] },
    {
      what: `update by a function ${from}`,
      ...state,
      run: (m) => m.update("a", () => after),
      allowed: [before, after],
    },
    {
      what: `update of a version ${from}`,
      ...state,
      run: async (m) => m.update("a", after, { ifVersion: (await m.get("a"))?.version }),
      allowed: [before, after],
    },
    { what: `delete ${from}`, ...state, run: (m) => m.delete("a"), allowed: [before, undefined] },
    {
      what: `delete of a version ${from}`,
      ...state,
      run: async (m) => m.delete("a", { ifVersion: (await m.get("a"))?.version }),
      allowed: [before, undefined],
    },
    {
      what: `migrate ${from}`,
      ...state,
      run: (m) => migrateSecrets(m, { to: otherThan[owner] }),
      allowed: [before],
    },
    ...(copied ? [{ what: `finalize ${from}`, ...state, run: finalizeMigration, allowed: [before] }] : []),
  ];
}
