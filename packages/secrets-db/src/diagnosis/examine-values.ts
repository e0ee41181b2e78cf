import type { DiagnosisContext } from "@archestra/secrets-core/plugin";
import type { OpenDatabase } from "../database/open-database.ts";
import type { KeyRing } from "../encryption/key-ring.ts";
import { type SurveyedState, surveyRows } from "../rotation/survey.ts";
import { argument } from "./examine-entries.ts";

/** Enough to notice damage; `rotate verify` decrypts all of them. */
const MOST_ROWS = 2_000;
const LONGEST_MILLISECONDS = 1_500;

/** Decrypts rows, as many as there is time for, and checks the file where that is quick. */
export async function examineValues(
  database: OpenDatabase,
  ring: KeyRing | undefined,
  { fact, finding, failure, signal }: DiagnosisContext,
): Promise<void> {
  if (ring === undefined) return;
  const startedAt = performance.now();
  const damaged: { readonly name: string; readonly state: SurveyedState }[] = [];
  let examined = 0;
  let isWhole = true;
  for await (const { name, state, opens } of surveyRows(database, ring, signal)) {
    examined++;
    // The others are counted by their keys.
    if (!opens && (state === "tampered" || state === "malformed" || state === "v1"))
      damaged.push({ name, state });
    if (examined < MOST_ROWS && performance.now() - startedAt < LONGEST_MILLISECONDS) continue;
    isWhole = false;
    break;
  }
  const extent = isWhole ? "all" : `the first ${examined}`;
  fact({
    key: "undecryptableRows",
    label: "damaged",
    value: { examined, complete: isWhole, damaged: damaged.length },
    text: `${damaged.length} of ${extent}`,
  });
  const [first] = damaged;
  if (first === undefined) return;
  const damage = await database.findDamage?.();
  if (damage !== undefined) failure(damage);
  const names = damaged.slice(0, 5).map(({ name }) => JSON.stringify(name));
  const more = damaged.length > names.length ? ` and ${damaged.length - names.length} more` : "";
  finding({
    code: "DAMAGED_ROWS",
    severity: "broken",
    message: `Of ${extent === "all" ? "all rows" : `${extent} rows`}, ${damaged.length} cannot be decrypted by any key of this process, because they were changed by another program, damaged, or encrypted by a key that is gone: ${names.join(", ")}${more}. Restore them from a backup, or set or delete each secret.`,
    remedy: { command: ["archestra-secrets", "delete", ...argument(first.name)] },
  });
}
