import { SecretsError } from "@archestra/secrets-core";
import type { OpenDatabase } from "../database/open-database.ts";
import { executedMigrations } from "../migrations/run-migrations.ts";
import { copyOnce } from "./copy-pass.ts";
import type { MoveProgress, MoveReport } from "./move-database.ts";
import { compareDatabases } from "./move-verification.ts";
import { assertFenced, fenceSource, takeSource } from "./moving-source.ts";
import { MovingTarget } from "./moving-target.ts";

/** A pass that changes so few rows is followed by the last one: writers are stopped for about as long as a pass takes. */
const FEW_ROWS = 250;
/** Beside writers that change more all the time, no number of passes would be enough. */
const MOST_PASSES = 8;

/** Moves everything from one open database to another. Killed at any moment, it goes on when it is called again. */
export async function runMove(
  source: OpenDatabase,
  target: OpenDatabase,
  signal: AbortSignal,
  onProgress: (progress: MoveProgress) => void | Promise<void>,
): Promise<MoveReport> {
  await assertKnownMigrations(source, signal);
  const part = await takeSource(source, signal);
  const moving = new MovingTarget(target, signal);
  const ended = await moving.take(part);
  if (ended !== undefined) return { rows: ended.rows, keys: ended.keys, passes: 0, verified: true };

  let passes = 0;
  const pass = async (phase: "copy" | "final") => {
    passes++;
    let [rows, changed] = [0, 0];
    return copyOnce(source, moving, signal, (seen, differing) => {
      rows += seen;
      changed += differing;
      return onProgress({ phase, pass: passes, rows, changed });
    });
  };
  if (!part.isFenced) {
    while (passes < MOST_PASSES && (await pass("copy")) > FEW_ROWS);
    await fenceSource(source, part.moveId, signal);
  }
  // A process of a newer version may have changed the tables meanwhile.
  await assertKnownMigrations(source, signal);
  await pass("final");

  let verifiedRows = 0;
  const { rows, keys, different } = await compareDatabases(source, target, signal, (seen) => {
    verifiedRows += seen;
    return onProgress({ phase: "verify", pass: passes, rows: verifiedRows, changed: 0 });
  });
  if (different > 0) {
    throw new SecretsError(
      "INTERNAL",
      `The target differs from the source in ${different} rows or keys after everything was copied, so it was not opened, and the source stays closed for changes. Look for triggers and for other programs that write to the target's tables, and call moveDatabase again. To go on with the source instead, call releaseDatabase.`,
      { reason: "MOVE_NOT_VERIFIED" },
    );
  }
  await assertFenced(source, part.moveId, signal);
  await moving.finish({ rows, keys });
  return { rows, keys, passes, verified: true };
}

/** A newer version may keep something in columns or tables that this one does not know, and would not move. */
export async function assertKnownMigrations(
  { statements }: OpenDatabase,
  signal: AbortSignal,
): Promise<void> {
  const { migrations } = await import("../migrations/migrations.ts");
  const executed = await statements.read({ signal }, executedMigrations);
  if ([...executed].every((name) => Object.hasOwn(migrations, name))) return;
  throw new SecretsError(
    "INVALID_CONFIGURATION",
    "The tables of the source were made by a newer version of @archestra/secrets-db, which may keep something there that this version would not move. Call moveDatabase of the version that the applications have.",
    { reason: "NEWER_TABLES" },
  );
}
