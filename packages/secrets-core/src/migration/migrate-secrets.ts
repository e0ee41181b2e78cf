import { isSameEntry, type OwnershipEntry } from "../backend/ownership-store.ts";
import { assertBoolean } from "../call/arguments.ts";
import type { RunningCall } from "../call/running-call.ts";
import { isSecretsError, SecretsError } from "../errors/secrets-error.ts";
import type { SecretsManager } from "../manager/secrets-manager.ts";
import { ownedBy } from "../ownership/entry.ts";
import { assertSecretName } from "../secret/secret-name.ts";
import type { BackendHandle } from "../store/backend-handle.ts";
import type { BulkReport } from "./bulk-report.ts";
import { assertBulkOptions, type EntryWork, type RoutedParts, routedPartsOf, runInBulk } from "./bulk-run.ts";
import type { MigrateSecretsOptions } from "./migration.ts";

/** The work itself of `migrateSecrets`. */
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
  const parts = routedPartsOf(manager, call);
  const { managers } = parts.store;
  const ids = {
    to: managers.idOf(options.to),
    from: from === undefined ? undefined : managers.idOf(from),
  };
  if (ids.to === ids.from)
    throw new TypeError(`The options \`from\` and \`to\` of ${call} are the same manager.`);
  const { target, source } = await parts.runner.run({ operation: call, signal: options.signal }, async () => {
    const opened = {
      target: await managers.openForMoves(ids.to),
      source: ids.from === undefined ? undefined : await managers.openForMoves(ids.from),
    };
    if (opened.source !== undefined) assertQuiet(opened.source, writersStopped);
    return opened;
  });
  const asked = source ?? (managers.selected === target ? undefined : managers.selected);
  const listing =
    asked === undefined || asked === managers.tableManager || !asked.backend.capabilities.list
      ? undefined
      : { owner: asked, mustList: source !== undefined };
  const work = moveRow(parts, target, source, { dryRun, writersStopped });
  return runInBulk(parts, call, options, listing, work);
}

function moveRow(
  { store, moves }: RoutedParts,
  target: BackendHandle,
  source: BackendHandle | undefined,
  { dryRun, writersStopped }: { readonly dryRun: boolean; readonly writersStopped: boolean },
): EntryWork {
  return async (name, first, running) => {
    // Brought by somebody: no call reaches it where it is, and none would at the target.
    assertSecretName(name);
    for (let entry = first; ; entry = undefined) {
      entry ??= await store.table.find(name, running);
      entry ??= dryRun
        ? unadopted(store, name, source ?? store.managers.selected)
        : await adopted(store, name, source ?? store.managers.selected, running);
      if (entry === undefined) return "skipped";
      if (entry.state !== "active") {
        if (!store.recovery.isStale(entry)) return "in transition";
        await store.recovery.recover(entry, running);
        continue;
      }
      if (entry.manager === target.id) return "skipped";
      if (source !== undefined && entry.manager !== source.id) return "skipped";
      assertQuiet(await store.managers.ownerOf(entry), writersStopped);
      const seen = entry;
      const moving = dryRun ? moves.dryRun(seen, target, running) : moves.move(seen, target, running);
      const outcome = await moving.catch(async (error: unknown) => {
        if (isObstacle(error) && (await isOutdated(store, seen, dryRun, running))) return "changed" as const;
        throw error;
      });
      if (outcome === "absent") return "skipped";
      if (outcome === "moved") return "done";
    }
  };
}

/** Whether an error says that something at the target is in the way of the row that was read. */
function isObstacle(error: unknown): boolean {
  return isSecretsError(error) && (error.reason === "TARGET_OCCUPIED" || error.reason === "COPY_ELSEWHERE");
}

/** Whether what was read is no longer so: deleted since and created anew at the target, a secret is in nobody's way. */
async function isOutdated(
  { table }: RoutedParts["store"],
  entry: OwnershipEntry,
  dryRun: boolean,
  running: RunningCall,
): Promise<boolean> {
  const now = await table.find(entry.name, running);
  // A dry run has made up the row of what would be adopted.
  return now === undefined ? !dryRun : !isSameEntry(entry, now);
}

/** The row that an adoption would make. */
function unadopted(
  { managers }: RoutedParts["store"],
  name: string,
  source: BackendHandle,
): OwnershipEntry | undefined {
  return source === managers.tableManager ? undefined : { name, ...ownedBy(source, name) };
}

/** The row of what lies at the source without one. Undefined: nothing lies there any more. */
async function adopted(
  store: RoutedParts["store"],
  name: string,
  source: BackendHandle,
  running: RunningCall,
): Promise<OwnershipEntry | undefined> {
  // It may have been deleted since it was listed, and its name is not to be held fast for nothing.
  if (source === store.managers.tableManager || !(await source.has(name, running))) return undefined;
  await store.adopt(name, source, running);
  return store.table.find(name, running);
}

function assertQuiet(source: BackendHandle, writersStopped: boolean): void {
  if (source.conditionalWrites || writersStopped) return;
  throw new SecretsError(
    "UNSUPPORTED",
    `${source.id} has no conditional writes, so that a writer who had begun before a secret is moved away could be lost. Stop whoever writes secrets, and pass \`writersStopped: true\`.`,
    { reason: "WRITERS_NOT_STOPPED", manager: source.id },
  );
}
