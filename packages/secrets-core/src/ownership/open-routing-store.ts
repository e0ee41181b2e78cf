import type { OwnershipEntry } from "../backend/ownership-store.ts";
import type { RunningCall } from "../call/running-call.ts";
import { printableText, quotedText } from "../errors/printable-text.ts";
import { isSecretsError } from "../errors/secrets-error.ts";
import type { Recovery } from "./recovery.ts";
import { RoutingStore, type RoutingStoreOptions } from "./routing-store.ts";

/**
 * Opens the store that follows the ownership table: completes the stale transitions of processes that died, and reports
 * how many secrets other managers hold than the selected one.
 */
export async function openRoutingStore(
  options: RoutingStoreOptions,
  call: RunningCall,
): Promise<RoutingStore> {
  const store = new RoutingStore(options);
  const { recovery, table } = store;
  const stale: OwnershipEntry[] = [];
  for await (const entry of table.transitions(call)) if (recovery.isStale(entry)) stale.push(entry);
  // Half of the time: the start continues without an owner that does not answer.
  const end = Date.now() + call.timeLeft / 2;
  for (const entry of stale) await recover(entry, recovery, call, end);
  await countElsewhere(store, call);
  return store;
}

/** A start does not fail because of a stale entry: the next call that meets it tries again. */
async function recover(
  entry: OwnershipEntry,
  recovery: Recovery,
  call: RunningCall,
  end: number,
): Promise<void> {
  try {
    await call.within(Math.floor(end - Date.now()), (part) => recovery.recover(entry, part));
  } catch (error) {
    call.signal.throwIfAborted();
    const { name, manager, state } = entry;
    const reason = isSecretsError(error) ? error.message : "It failed for an unknown reason.";
    call.logger.warn(
      { code: "ARCHESTRA_SECRETS_NOT_RECOVERED", name, manager, state },
      `A stale change of the secret ${quotedText(name)} (${printableText(state)} at ${printableText(manager)}) could not be completed: ${reason} The next call that needs the secret tries again.`,
    );
  }
}

async function countElsewhere(store: RoutingStore, call: RunningCall): Promise<void> {
  const { selected } = store.managers;
  const counts = Object.fromEntries(await store.table.count({ except: selected.id }, call));
  store.countByManager = counts;
  const managers = Object.keys(counts).sort();
  if (managers.length === 0) return;
  const numbers = managers.map((manager) => `${counts[manager]} at ${printableText(manager)}`).join(", ");
  call.logger.warn(
    { code: "ARCHESTRA_SECRETS_OF_OTHER_MANAGERS", selected: selected.id, counts },
    `${selected.id} is selected, and other managers hold secrets: ${numbers}. They are read, changed and deleted where they are; new ones go to ${selected.id}. \`archestra-secrets migrate\`, or \`migrateSecrets\`, moves them while the application runs.`,
  );
}
