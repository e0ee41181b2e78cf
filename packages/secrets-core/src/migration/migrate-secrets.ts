import { isSameEntry, type OwnershipEntry } from "../backend/ownership-store.ts";
import { assertBoolean } from "../call/arguments.ts";
import type { RunningCall } from "../call/running-call.ts";
import { isSecretsError, SecretsError } from "../errors/secrets-error.ts";
import type { SecretsManager } from "../manager/secrets-manager.ts";
import { ownedBy } from "../ownership/entry.ts";
import { assertSecretName } from "../secret/secret-name.ts";
import type { BackendHandle } from "../store/backend-handle.ts";
import type { BulkReport } from "./bulk-report.ts";
import {
  assertBulkOptions,
  type Migration,
  openMigration,
  type ProcessEntry,
  recoverIfStale,
  runInBulk,
} from "./bulk-run.ts";
import type { MigrateSecretsOptions } from "./migration.ts";

/** Implements `migrateSecrets`. */
export async function migrateAll(
  manager: SecretsManager,
  options: MigrateSecretsOptions,
): Promise<BulkReport> {
  const call = "migrateSecrets";
  assertBulkOptions(options, call, ["to", "from", "dryRun", "writersStopped"]);
  const { from, dryRun = false, writersStopped = false } = options;
  for (const [key, id] of [["to", options.to] as const, ["from", from ?? options.to] as const]) {
    if (typeof id === "string" && id.trim() !== "") continue;
    throw new TypeError(`The option \`${key}\` of ${call} must be the id of a manager.`);
  }
  assertBoolean(dryRun, `The option \`dryRun\` of ${call}`);
  assertBoolean(writersStopped, `The option \`writersStopped\` of ${call}`);
  const migration = openMigration(manager, call);
  const { runner, store } = migration;
  const { managers } = store;
  const ids = {
    to: managers.idOf(options.to),
    from: from === undefined ? undefined : managers.idOf(from),
  };
  if (ids.to === ids.from)
    throw new TypeError(`The options \`from\` and \`to\` of ${call} are the same manager.`);
  const { target, source } = await runner.run({ operation: call, signal: options.signal }, async () => {
    const opened = {
      target: await managers.openForMoves(ids.to),
      source: ids.from === undefined ? undefined : await managers.openForMoves(ids.from),
    };
    if (opened.source !== undefined) assertWritersStopped(opened.source, writersStopped);
    return opened;
  });
  const listed = source ?? (managers.selected === target ? undefined : managers.selected);
  const listing =
    listed === undefined || listed === managers.tableManager || !listed.backend.capabilities.list
      ? undefined
      : { owner: listed, mustList: source !== undefined };
  const process = moveEntry(migration, target, source, { dryRun, writersStopped });
  return runInBulk(migration, call, options, listing, process);
}

function moveEntry(
  migration: Migration,
  target: BackendHandle,
  source: BackendHandle | undefined,
  { dryRun, writersStopped }: { readonly dryRun: boolean; readonly writersStopped: boolean },
): ProcessEntry {
  const { store, moves } = migration;
  return async (name, found, running) => {
    // Another program wrote it. No call could use the name at the target.
    assertSecretName(name);
    const adopt = dryRun ? unadopted : adopted;
    const entry = found ?? (await adopt(store, name, source ?? store.managers.selected, running));
    if (entry === undefined) return "skipped";
    if (entry.state !== "active") return recoverIfStale(migration, entry, running);
    if (entry.manager === target.id || (source !== undefined && entry.manager !== source.id))
      return "skipped";
    assertWritersStopped(await store.managers.ownerOf(entry), writersStopped);
    try {
      return await (dryRun ? moves.dryRun(entry, target, running) : moves.move(entry, target, running));
    } catch (error) {
      if (isObstacle(error) && (await isOutdated(store, entry, dryRun, running))) return "changed";
      throw error;
    }
  };
}

/** Returns whether a secret at the target prevents the move of the entry that was read. */
function isObstacle(error: unknown): boolean {
  return isSecretsError(error) && (error.reason === "TARGET_OCCUPIED" || error.reason === "COPY_ELSEWHERE");
}

/** Returns whether the entry changed since it was read: the secret may have been deleted and recreated at the target. */
async function isOutdated(
  { table }: Migration["store"],
  entry: OwnershipEntry,
  dryRun: boolean,
  running: RunningCall,
): Promise<boolean> {
  const now = await table.find(entry.name, running);
  // In a dry run, the entry of an adoption does not exist.
  return now === undefined ? !dryRun : !isSameEntry(entry, now);
}

/** Returns the entry that an adoption would create. */
async function unadopted(
  { managers }: Migration["store"],
  name: string,
  source: BackendHandle,
): Promise<OwnershipEntry | undefined> {
  return source === managers.tableManager ? undefined : { name, ...ownedBy(source, name) };
}

/** Adopts a secret at the source. Undefined: it was deleted since it was listed. */
async function adopted(
  { table, adopt }: Migration["store"],
  name: string,
  source: BackendHandle,
  running: RunningCall,
): Promise<OwnershipEntry | undefined> {
  return (await adopt(name, source, running)) ? table.find(name, running) : undefined;
}

function assertWritersStopped(source: BackendHandle, writersStopped: boolean): void {
  if (source.conditionalWrites || writersStopped) return;
  const message = `${source.id} has no conditional writes: a write that began before the move of its secret could be lost. Stop all processes that write secrets, then pass \`writersStopped: true\`.`;
  throw new SecretsError("UNSUPPORTED", message, { reason: "WRITERS_NOT_STOPPED", manager: source.id });
}
