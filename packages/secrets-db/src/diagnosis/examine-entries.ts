import { leaseOf, transitionStates } from "@archestra/secrets-core/ownership";
import type { DiagnosisContext, Finding } from "@archestra/secrets-core/plugin";
import { sql } from "kysely";
import { countByOwner } from "../backend/owner-counts.ts";
import type { OpenDatabase } from "../database/open-database.ts";
import type { Session } from "../database/statements.ts";
import type { KeyRing } from "../encryption/key-ring.ts";
import { entryColumns, entryOf } from "../rows/entry-row.ts";
import { type RowWindow, rowWindows, wholeTable, withinWindow } from "../rows/row-windows.ts";
import { MANAGER_ID } from "../rows/secret-row.ts";

/** The default of the option `recoveryAge` of a manager. */
const RECOVERY_AGE_MILLISECONDS = 120_000;
const MOST_TRANSITIONS = 1_000;
const SAMPLES = 20;
const LONGEST_MILLISECONDS = 1_000;
const finalize = ["archestra-secrets", "migrate", "finalize"];

/** Examines the ownership table: the owners, transitions that are stale, copies of moves, and rows that were edited. */
export async function examineEntries(
  database: OpenDatabase,
  _ring: KeyRing | undefined,
  context: DiagnosisContext,
): Promise<void> {
  await examineOwners(database, context);
  await examineTransitions(database, context);
  await examineCopies(database, context);
}

async function examineOwners(
  database: OpenDatabase,
  { fact, owner, signal }: DiagnosisContext,
): Promise<void> {
  const { statements } = database;
  const counts = await countByOwner(database, undefined, { signal });
  for (const [manager, count] of counts) {
    const samples =
      manager === MANAGER_ID
        ? []
        : await statements.read({ signal }, (session) =>
            session.rows(
              session.db
                .selectFrom("archestra_secrets")
                .select(["name", "path"])
                .where("manager", "=", manager)
                .where("manager", "<>", MANAGER_ID)
                .where("state", "=", "active")
                .limit(SAMPLES),
            ),
          );
    owner({ manager, count, samples: samples.map(({ name, path }) => ({ name, path: path ?? undefined })) });
  }
  const owners = [...counts].map(([manager, count]) => ({ manager, count }));
  const text = owners.map(({ manager, count }) => `${manager} ${count}`).join(", ");
  fact({ key: "owners", label: "owners of secrets", value: owners, text: text || "none" });
}

async function examineTransitions(
  database: OpenDatabase,
  { fact, finding, signal }: DiagnosisContext,
): Promise<void> {
  const { statements, dialect } = database;
  const rows = await statements.read({ signal }, (session) =>
    session.rows(
      session.db
        .selectFrom("archestra_secrets")
        .select(entryColumns(dialect))
        .where("transition_id", "is not", null)
        .where("state", "in", transitionStates)
        .orderBy("name")
        .limit(MOST_TRANSITIONS),
    ),
  );
  const entries = rows.map(entryOf);
  const stale = entries.filter(
    (entry) => (entry.transitionAge ?? 0) >= (leaseOf(entry) ?? RECOVERY_AGE_MILLISECONDS),
  );
  fact({
    key: "transitions",
    label: "in transition",
    value: { count: entries.length, stale: stale.length },
    text: `${entries.length}, of which stale: ${stale.length}`,
  });
  const [first] = stale;
  if (first === undefined) return;
  const minutes = Math.round((first.transitionAge ?? 0) / 60_000);
  const text =
    "A process died in the middle of a change, or was suspended. The next write of the secret recovers it, too.";
  finding({
    code: "STALE_TRANSITIONS",
    severity: "degraded",
    message: `Stale transitions: ${stale.length}, such as ${first.state} of ${JSON.stringify(first.name)}, for ${minutes} min. ${text}`,
    remedy: remedyOfState(first.state, first.name),
  });
}

/** The call that recovers a stale entry of this state without changing the value of a secret. */
function remedyOfState(state: string, name: string): Finding["remedy"] {
  if (state === "deleting") {
    const text =
      "The secret reads as absent already. The command completes the deletion, and reports that it does not exist.";
    return { command: ["archestra-secrets", "delete", "--yes", ...argument(name)], text };
  }
  if (state !== "creating") return { command: finalize };
  const text = "A read completes the creation, or reports that the secret does not exist.";
  return { command: ["archestra-secrets", "get", ...argument(name)], text };
}

/** A name as an argument of a command, also one that looks like an option. */
export function argument(name: string): readonly string[] {
  return name.startsWith("-") ? ["--", name] : [name];
}

/** No index leads to copies, so as many rows are read as there is time for. */
async function examineCopies(
  database: OpenDatabase,
  { fact, finding, signal }: DiagnosisContext,
): Promise<void> {
  const startedAt = performance.now();
  let copies = 0;
  let edited: string | undefined;
  let isWhole = true;
  for await (const window of rowWindows(database, undefined, wholeTable, signal)) {
    const rows = await database.statements.read({ signal }, (session) => unusualRows(session, window));
    copies += rows.filter(({ copy_manager }) => copy_manager !== null).length;
    edited ??= rows.find((row) => row.copy_manager !== MANAGER_ID && row.is_foreign_value)?.name;
    isWhole = performance.now() - startedAt < LONGEST_MILLISECONDS;
    if (!isWhole) break;
  }
  fact({
    key: "copies",
    label: "copies kept",
    value: { count: copies, complete: isWhole },
    text: isWhole ? `${copies}` : `at least ${copies}`,
  });
  if (copies > 0) {
    finding({
      code: "COPIES_NOT_FINALIZED",
      severity: "degraded",
      message: `Copies that a migration left at the former manager, for a rollback: ${isWhole ? "" : "at least "}${copies}. Keep them as long as you may move the secrets back. Then remove them, which cannot be undone.`,
      remedy: { command: finalize },
    });
  }
  if (edited !== undefined) finding(ownerMismatch(edited));
}

/** Rows with a copy, and rows of other managers that hold a value. */
async function unusualRows(session: Session, window: RowWindow) {
  const isForeignValue = sql<boolean>`(value IS NOT NULL AND manager <> ${MANAGER_ID})`;
  const rows = await session.rows(
    withinWindow(session.db, undefined, window)
      .select(["name", "copy_manager", isForeignValue.as("is_foreign_value")])
      .where("state", "=", "active")
      .where((where) => where.or([where("copy_manager", "is not", null), isForeignValue])),
  );
  return rows.map((row) => ({ ...row, is_foreign_value: Boolean(row.is_foreign_value) }));
}

function ownerMismatch(name: string): Finding {
  return {
    code: "OWNER_MISMATCH",
    severity: "broken",
    message: `The row of ${JSON.stringify(name)} names another manager as the owner and holds a value of ${MANAGER_ID} all the same, without naming it as a copy: the row was edited. Calls for the secret are refused. Find out which program writes to the table, and correct the column manager, or set value and key_id to NULL.`,
    remedy: {},
  };
}
