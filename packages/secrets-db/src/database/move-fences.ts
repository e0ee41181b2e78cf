import { SecretsError } from "@archestra/secrets-core";
import type { HealthProblem } from "@archestra/secrets-core/plugin";
import { type RawBuilder, sql } from "kysely";
import { errorProperty, sqlState } from "./sql-state.ts";

/** A fence stops every other process from writing: `moved` at the source of a move, `arriving` at its target until it ends. */
export type FenceName = "moved" | "arriving";

/** How a fence is reported: by its triggers, and by the calls that met it. */
export interface MoveFence {
  /** The name of its trigger on PostgreSQL, and the beginning of the names on SQLite. */
  readonly trigger: string;
  /** The message of its triggers on SQLite, where they have no code of their own. */
  readonly text: string;
  /** Their SQLSTATE on PostgreSQL: of a class that neither the SQL standard nor PostgreSQL uses. */
  readonly sqlState: string;
  readonly reason: string;
  /** The problem, with the database as the subject, and the remedy. */
  readonly remedy: string;
}

/** Both fences by name. */
export const moveFences: Readonly<Record<FenceName, MoveFence>> = {
  moved: {
    trigger: "archestra_secrets_moved",
    text: "ARCHESTRA_SECRETS_DATABASE_MOVED",
    sqlState: "SM001",
    reason: "DATABASE_MOVED",
    remedy:
      "has been moved to another database, or is about to be, and accepts no changes. Nothing was changed. Set ARCHESTRA_DATABASE_URL to the new database and restart this process. To go back to this one instead, run `archestra-secrets migrate release`, or call `releaseDatabase`",
  },
  arriving: {
    trigger: "archestra_secrets_arriving",
    text: "ARCHESTRA_SECRETS_MOVE_UNFINISHED",
    sqlState: "SM002",
    reason: "MOVE_UNFINISHED",
    remedy:
      "is the target of a move that has not ended, and accepts no changes until then. Nothing was changed. Run `archestra-secrets migrate database`, or call `moveDatabase`, again with the same databases, and use this one when the move has ended",
  },
};

/**
 * An error of a statement that met a fence.
 *
 * @param location where the database is, for the message
 * @returns undefined: the error is another one
 */
export function explainFence(error: unknown, location = "the database"): SecretsError | undefined {
  const message = String(errorProperty(error, "message") ?? "");
  const state = sqlState(error);
  const fence = Object.values(moveFences).find(
    (candidate) => candidate.sqlState === state || message.includes(candidate.text),
  );
  if (fence === undefined) return undefined;
  return new SecretsError("UNAVAILABLE", messageOf(fence, location), { reason: fence.reason, cause: error });
}

/**
 * The fences of a database, as problems for `check()`.
 *
 * @param triggers the names of triggers that are there
 */
export function fenceProblems(triggers: readonly string[]): HealthProblem[] {
  return Object.values(moveFences)
    .filter(({ trigger }) => triggers.some((name) => name.startsWith(trigger)))
    .map((fence) => ({
      code: "UNAVAILABLE",
      reason: fence.reason,
      message: messageOf(fence, "the database"),
    }));
}

/** Whether the name of a trigger is one of a fence. */
export function isFenceTrigger(column: string): RawBuilder<boolean> {
  const [moved, arriving] = [`${moveFences.moved.trigger}%`, `${moveFences.arriving.trigger}%`];
  return sql<boolean>`(${sql.ref(column)} LIKE ${moved} OR ${sql.ref(column)} LIKE ${arriving})`;
}

function messageOf({ remedy }: MoveFence, location: string): string {
  return `${location[0]?.toUpperCase() ?? ""}${location.slice(1)} ${remedy}.`;
}
