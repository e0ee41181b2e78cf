import type { Reference } from "../backend/reference-store.ts";
import { printableText, quotedText } from "../errors/printable-text.ts";
import { isSecretsError } from "../errors/secrets-error.ts";
import type { Operation } from "../manager/operation.ts";
import type { SecretCache } from "../manager/secret-cache.ts";
import type { Owners } from "./owners.ts";
import { ReferenceTable } from "./reference-table.ts";
import { RoutedStore } from "./routed-store.ts";
import { Transitions } from "./transitions.ts";

/** What a routed store is opened with. */
export interface RoutedStoreOptions {
  readonly owners: Owners;
  readonly cache: SecretCache | undefined;
  readonly recoveryAge: number;
}

/**
 * Makes the store that follows the table of owners: finishes what processes that died left half way, and says how many
 * secrets lie elsewhere than in the selected manager.
 */
export async function openRoutedStore(
  { owners, cache, recoveryAge }: RoutedStoreOptions,
  operation: Operation,
): Promise<RoutedStore> {
  const table = new ReferenceTable(owners.keeper);
  const transitions = new Transitions(table, owners, recoveryAge);
  const store = new RoutedStore(owners, table, transitions, cache);
  const old: Reference[] = [];
  for await (const row of table.transitions(operation)) if (transitions.isOld(row)) old.push(row);
  // Half of the time: the start goes on without an owner that does not answer.
  const end = Date.now() + operation.timeLeft / 2;
  for (const row of old) await recover(row, transitions, operation, end);
  await countElsewhere(store, operation);
  return store;
}

/** A start does not fail because of a row that somebody left: the next call that meets it tries again. */
async function recover(
  row: Reference,
  transitions: Transitions,
  operation: Operation,
  end: number,
): Promise<void> {
  try {
    await operation.within(Math.floor(end - Date.now()), (part) => transitions.recover(row, part));
  } catch (error) {
    operation.signal.throwIfAborted();
    const { name, manager, state } = row;
    const reason = isSecretsError(error) ? error.message : "It failed in a way that is not known.";
    operation.logger.warn(
      { code: "ARCHESTRA_SECRETS_NOT_RECOVERED", name, manager, state },
      `A change of the secret ${quotedText(name)} that somebody left half way (${printableText(state)} at ${printableText(manager)}) could not be finished: ${reason} The next call that needs the secret tries again.`,
    );
  }
}

async function countElsewhere(store: RoutedStore, operation: Operation): Promise<void> {
  const { selected } = store.owners;
  const counts = Object.fromEntries(await store.table.count({ except: selected.id }, operation));
  store.countByManager = counts;
  const managers = Object.keys(counts).sort();
  if (managers.length === 0) return;
  const words = managers.map((manager) => `${counts[manager]} at ${printableText(manager)}`).join(", ");
  operation.logger.warn(
    { code: "ARCHESTRA_SECRETS_OF_OTHER_MANAGERS", selected: selected.id, counts },
    `${selected.id} is selected, and other managers hold secrets: ${words}. They are read, changed and deleted where they are; new ones go to ${selected.id}. \`migrateSecrets\` moves them while the application runs.`,
  );
}
