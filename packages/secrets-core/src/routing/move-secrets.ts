import type { Reference } from "../backend/reference-store.ts";
import { isSecretsError, SecretsError } from "../errors/secrets-error.ts";
import { assertBoolean } from "../manager/arguments.ts";
import type { Operation } from "../manager/operation.ts";
import type { Owner } from "../manager/owner.ts";
import type { SecretsManager } from "../manager/secrets-manager.ts";
import { assertSecretName } from "../secret/secret-name.ts";
import type { BulkReport } from "./bulk-report.ts";
import type { MigrateSecretsOptions } from "./migration.ts";
import { isSameRow, ownedBy } from "./row.ts";
import {
  assertBulkOptions,
  type RoutedParts,
  type RowWork,
  routedPartsOf,
  workThroughRows,
} from "./row-work.ts";

/** The work itself of `migrateSecrets`. */
export async function moveSecrets(
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
  const { owners } = parts.store;
  const ids = {
    to: owners.idOf(options.to),
    from: from === undefined ? undefined : owners.idOf(from),
  };
  if (ids.to === ids.from)
    throw new TypeError(`The options \`from\` and \`to\` of ${call} are the same manager.`);
  const { target, source } = await parts.gateway.run(
    { operation: call, signal: options.signal },
    async () => {
      const opened = {
        target: await owners.openForMoves(ids.to),
        source: ids.from === undefined ? undefined : await owners.openForMoves(ids.from),
      };
      if (opened.source !== undefined) assertQuiet(opened.source, writersStopped);
      return opened;
    },
  );
  const asked = source ?? (owners.selected === target ? undefined : owners.selected);
  const listing =
    asked === undefined || asked === owners.keeper || !asked.backend.capabilities.list
      ? undefined
      : { owner: asked, mustList: source !== undefined };
  const work = moveRow(parts, target, source, { dryRun, writersStopped });
  return workThroughRows(parts, call, options, listing, work);
}

function moveRow(
  { store, moves }: RoutedParts,
  target: Owner,
  source: Owner | undefined,
  { dryRun, writersStopped }: { readonly dryRun: boolean; readonly writersStopped: boolean },
): RowWork {
  return async (name, first, operation) => {
    // Brought by somebody: no call reaches it where it is, and none would at the target.
    assertSecretName(name);
    for (let row = first; ; row = undefined) {
      row ??= await store.table.find(name, operation);
      row ??= dryRun
        ? unadopted(store, name, source ?? store.owners.selected)
        : await adopted(store, name, source ?? store.owners.selected, operation);
      if (row === undefined) return "skipped";
      if (row.state !== "active") {
        if (!store.transitions.isOld(row)) return "in transition";
        await store.transitions.recover(row, operation);
        continue;
      }
      if (row.manager === target.id) return "skipped";
      if (source !== undefined && row.manager !== source.id) return "skipped";
      assertQuiet(await store.transitions.ownerOf(row), writersStopped);
      const seen = row;
      const moving = dryRun ? moves.rehearse(seen, target, operation) : moves.move(seen, target, operation);
      const outcome = await moving.catch(async (error: unknown) => {
        if (isObstacle(error) && (await isOutdated(store, seen, dryRun, operation)))
          return "changed" as const;
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
  row: Reference,
  dryRun: boolean,
  operation: Operation,
): Promise<boolean> {
  const now = await table.find(row.name, operation);
  // A dry run has made up the row of what would be adopted.
  return now === undefined ? !dryRun : !isSameRow(row, now);
}

/** The row that an adoption would make. */
function unadopted({ owners }: RoutedParts["store"], name: string, source: Owner): Reference | undefined {
  return source === owners.keeper ? undefined : { name, ...ownedBy(source, name) };
}

/** The row of what lies at the source without one. Undefined: nothing lies there any more. */
async function adopted(
  store: RoutedParts["store"],
  name: string,
  source: Owner,
  operation: Operation,
): Promise<Reference | undefined> {
  // It may have been deleted since it was listed, and its name is not to be held fast for nothing.
  if (source === store.owners.keeper || !(await source.has(name, operation))) return undefined;
  await store.adopt(name, source, operation);
  return store.table.find(name, operation);
}

function assertQuiet(source: Owner, writersStopped: boolean): void {
  if (source.conditionalWrites || writersStopped) return;
  throw new SecretsError(
    "UNSUPPORTED",
    `${source.id} has no conditional writes, so that a writer who had begun before a secret is moved away could be lost. Stop whoever writes secrets, and pass \`writersStopped: true\`.`,
    { reason: "WRITERS_NOT_STOPPED", manager: source.id },
  );
}
