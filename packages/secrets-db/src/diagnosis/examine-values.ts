import { isPresent } from "@archestra/secrets-core/ownership";
import type { DiagnosisContext, Finding } from "@archestra/secrets-core/plugin";
import type { OpenDatabase } from "../database/open-database.ts";
import type { KeyRing } from "../encryption/key-ring.ts";
import { type SurveyedState, surveyRows } from "../rotation/survey.ts";
import { argument } from "./examine-entries.ts";

/** Enough to notice damage; `rotate verify` decrypts all of them. */
const MOST_ROWS = 2_000;
const LONGEST_MILLISECONDS = 1_500;
const NAMES_SHOWN = 5;
/** The others are counted by their keys. */
const damagedStates: ReadonlySet<SurveyedState> = new Set(["tampered", "malformed", "v1"]);

/** Decrypts rows, as many as there is time for, and checks the file where a row is damaged. */
export async function examineValues(
  database: OpenDatabase,
  ring: KeyRing | undefined,
  { fact, finding, failure, signal }: DiagnosisContext,
): Promise<void> {
  if (ring === undefined) return;
  const startedAt = performance.now();
  const found: string[] = [];
  let examined = 0;
  let isWhole = true;
  for await (const { name, state, opens } of surveyRows(database, ring, signal)) {
    examined++;
    if (!opens && damagedStates.has(state)) found.push(name);
    if (examined < MOST_ROWS && performance.now() - startedAt < LONGEST_MILLISECONDS) continue;
    isWhole = false;
    break;
  }
  const damaged = await presentNames(database, found, signal);
  fact({
    key: "undecryptableRows",
    label: "damaged",
    value: { examined, complete: isWhole, damaged: damaged.length },
    text: `${damaged.length} of ${isWhole ? "all" : `the first ${examined}`}`,
  });
  if (damaged.length === 0) return;
  const damage = await database.findDamage?.();
  if (damage !== undefined) failure(damage);
  finding(damagedRows(damaged, isWhole));
}

/** A secret that is being created or deleted has no value that could be read. */
async function presentNames(
  { statements, dialect }: OpenDatabase,
  names: readonly string[],
  signal: AbortSignal,
): Promise<string[]> {
  if (names.length === 0) return [];
  const rows = await statements.read({ signal }, (session) =>
    session.rows(
      session.db
        .selectFrom("archestra_secrets")
        .select(["name", "state"])
        .where(dialect.sql.nameIn(names))
        .orderBy("name"),
    ),
  );
  return rows.filter(({ state }) => isPresent(state)).map(({ name }) => name);
}

function damagedRows(names: readonly string[], isWhole: boolean): Finding {
  const [first = ""] = names;
  const shown = names.slice(0, NAMES_SHOWN).map((name) => JSON.stringify(name));
  const more = names.length > NAMES_SHOWN ? ` and ${names.length - NAMES_SHOWN} more` : "";
  return {
    code: "DAMAGED_ROWS",
    severity: "broken",
    message: `${isWhole ? "" : "At least "}${names.length === 1 ? "1 secret" : `${names.length} secrets`} cannot be decrypted by any key of this process: ${shown.join(", ")}${more}. Another program changed the row, the file is damaged, or the key is lost. Restore each from a backup, or set or delete it.`,
    remedy: { command: ["archestra-secrets", "delete", ...argument(first)] },
  };
}
