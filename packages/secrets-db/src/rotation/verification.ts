import type { OpenDatabase } from "../database/open-database.ts";
import type { KeyRing } from "../encryption/key-ring.ts";
import { type SurveyedRow, type SurveyedState, surveyedStates, surveyRows } from "./survey.ts";

/** What opening every row showed. */
export interface VerificationReport {
  /** Whether every row opens under the current key. */
  readonly verified: boolean;
  /** Rows that hold a value. */
  readonly rows: number;
  /** Rows in each state. */
  readonly states: Readonly<Record<SurveyedState, number>>;
  /** The first hundred rows that are not `readable`. */
  readonly exceptions: readonly SurveyedRow[];
}

const EXCEPTIONS_KEPT = 100;

/** Opens every row of the table, whatever its key column says. */
export async function verifyRows(
  database: OpenDatabase,
  ring: KeyRing,
  signal: AbortSignal,
): Promise<VerificationReport> {
  const states = Object.fromEntries(surveyedStates.map((state) => [state, 0])) as Record<
    SurveyedState,
    number
  >;
  const exceptions: SurveyedRow[] = [];
  let rows = 0;
  for await (const row of surveyRows(database, ring, signal)) {
    rows++;
    states[row.state]++;
    if (row.state !== "readable" && exceptions.length < EXCEPTIONS_KEPT) exceptions.push(row);
  }
  return { verified: states.readable === rows, rows, states, exceptions };
}
