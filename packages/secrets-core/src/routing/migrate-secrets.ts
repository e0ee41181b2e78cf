import type { Reference } from "../backend/reference-store.ts";
import { SecretsError } from "../errors/secrets-error.ts";
import type { Operation } from "../manager/operation.ts";
import type { Owner } from "../manager/owner.ts";
import type { SecretsManager } from "../manager/secrets-manager.ts";
import { ownedBy } from "./row.ts";
import {
  assertRowWorkOptions,
  type RoutedParts,
  type RowWork,
  type RowWorkOptions,
  type RowWorkReport,
  routedPartsOf,
  workThroughRows,
} from "./row-work.ts";

/** What `migrateSecrets` takes. */
export interface MigrateSecretsOptions extends RowWorkOptions {
  /** The id of the manager that the secrets move to. */
  readonly to: string;
  /** Only secrets of this manager. @default those of every other manager */
  readonly from?: string | undefined;
  /** Only looks what would fail, and moves nothing. @default false */
  readonly dryRun?: boolean | undefined;
  /**
   * Declares that nobody writes secrets while this runs, which moving away from a manager without conditional writes needs,
   * such as Vault's KV version 1: a writer who had begun before could be lost there. @default false
   */
  readonly writersStopped?: boolean | undefined;
}

/**
 * Moves secrets to another manager while applications read and write them. Each is held fast for a moment, in which writers
 * wait, and has its old owner or its new one after a crash at any point; the same call goes on where an earlier one
 * stopped. The copy at the old manager stays, known to the table, until {@link finalizeMigration}.
 *
 * Secrets that the old manager holds and the table does not know are adopted first, as any call on them would.
 *
 * @param manager of a process with the plugins of both managers, and with a table of owners
 * @returns `done`: moved, or with `dryRun` would be; `skipped`: there already, or a row without a value
 * @throws SecretsError UNSUPPORTED without a table of owners, or when a source needs `writersStopped`;
 * INVALID_CONFIGURATION when one of the managers is not installed or not configured; ABORTED by `signal`
 * @throws TypeError for options that are none
 */
export async function migrateSecrets(
  manager: SecretsManager,
  options: MigrateSecretsOptions,
): Promise<RowWorkReport> {
  const call = "migrateSecrets";
  assertRowWorkOptions(options, call, ["to", "from", "dryRun", "writersStopped"]);
  const { from, dryRun = false, writersStopped = false } = options;
  for (const [key, id] of [["to", options.to] as const, ["from", from ?? options.to] as const]) {
    if (typeof id === "string" && id.trim() !== "") continue;
    throw new TypeError(`The option \`${key}\` of ${call} must be the id of a manager.`);
  }
  const parts = routedPartsOf(manager, call);
  const { owners } = parts.store;
  const ids = {
    to: normalized(options.to, parts),
    from: from === undefined ? undefined : normalized(from, parts),
  };
  if (ids.to === ids.from)
    throw new TypeError(`The options \`from\` and \`to\` of ${call} are the same manager.`);
  const { target, source } = await parts.gateway.run(
    { operation: call, signal: options.signal },
    async () => {
      const opened = {
        target: await owners.open(ids.to),
        source: ids.from === undefined ? undefined : await owners.open(ids.from),
      };
      if (opened.source !== undefined) assertQuiet(opened.source, writersStopped);
      return opened;
    },
  );
  const asked = source ?? (owners.selected === target ? undefined : owners.selected);
  const listing = asked === owners.keeper || asked?.backend.capabilities.list !== true ? undefined : asked;
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
      const outcome = dryRun
        ? await moves.rehearse(row, target, operation)
        : await moves.move(row, target, operation);
      if (outcome === "absent") return "skipped";
      if (outcome === "moved") return "done";
    }
  };
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

/** Ids are compared without regard to case, as those in the environment are. */
export function normalized(id: string, { store }: RoutedParts): string {
  const wanted = id.trim().toUpperCase();
  const { selected, keeper } = store.owners;
  return [selected.id, keeper.id].find((known) => known.toUpperCase() === wanted) ?? wanted;
}
