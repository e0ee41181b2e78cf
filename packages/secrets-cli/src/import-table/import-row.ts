import { isSecretsError, type Secret, type SecretInfo, type SecretsManager } from "@archestra/secrets-core";
import { isSameValue, type SecretValue } from "@archestra/secrets-core/plugin";
import { type ImportOutcome, imported, skipped, unchanged } from "../import/import-outcome.ts";
import { readUnlessDamaged } from "../import/read-unless-damaged.ts";
import type { ImportedRow, ImportMemory } from "./import-memory.ts";

/** A value of the source. */
export interface SourceValue {
  readonly id: string;
  readonly value: SecretValue;
  readonly fingerprint: string;
  readonly updatedAt: Date | undefined;
}

/** Where values are imported to. */
export interface ImportTarget {
  readonly manager: SecretsManager;
  readonly memory: ImportMemory;
  readonly dryRun: boolean;
  readonly signal: AbortSignal;
}

type Decision = "create" | "replace" | "unchanged" | "deleted" | "newer";

const MOST_ATTEMPTS = 10;

/**
 * Imports a value under a name. The side that changed since the last import wins. If both did, or there was none, the one
 * that changed last wins.
 *
 * A comparison of times alone would lose values: a row can be changed after it was read and before its old value is written
 * here, and is then older than the copy.
 */
export async function importRow(
  target: ImportTarget,
  name: string,
  source: SourceValue,
): Promise<ImportOutcome> {
  const { manager, memory, dryRun, signal } = target;
  for (let attempt = 1; ; attempt++) {
    const found = memory.find(source.id);
    const before = found?.name === name ? found : undefined;
    const current = await readUnlessDamaged(manager, name, signal);
    const decision = decide(source, before, current);
    const remember = (version: string | undefined) => {
      if (!dryRun) {
        memory.put(source.id, { name, fingerprint: source.fingerprint, version: version ?? null });
      }
    };
    switch (decision) {
      case "unchanged":
        remember(current === "damaged" ? undefined : current?.version);
        return unchanged;
      case "deleted":
        memory.see(source.id);
        return skipped(
          "DELETED_AT_TARGET",
          "The secret was imported before and has been deleted since. It is imported again when its value changes.",
        );
      case "newer":
        memory.see(source.id);
        return skipped(
          "NEWER_AT_TARGET",
          "The secret was changed here after the row was changed, so its value here was kept.",
        );
      default:
    }
    if (dryRun) return imported;
    try {
      remember((await write(target, name, source.value, current)).version);
      return imported;
    } catch (error) {
      const isOvertaken =
        isSecretsError(error, "CONFLICT") ||
        isSecretsError(error, "NOT_FOUND") ||
        isSecretsError(error, "ALREADY_EXISTS");
      if (!isOvertaken || attempt === MOST_ATTEMPTS) throw error;
    }
  }
}

function decide(
  { value, fingerprint, updatedAt }: SourceValue,
  before: ImportedRow | undefined,
  current: Secret | "damaged" | undefined,
): Decision {
  const isSourceChanged = before?.fingerprint !== fingerprint;
  if (current === undefined) return isSourceChanged ? "create" : "deleted";
  // A value that cannot be read is of no use here.
  if (current === "damaged") return "replace";
  if (isSameValue(value, current.value)) return "unchanged";
  if (before !== undefined) {
    if (!isSourceChanged) return "newer";
    if (before.version === (current.version ?? null)) return "replace";
  }
  const isOlder =
    updatedAt !== undefined && current.updatedAt !== undefined && updatedAt <= current.updatedAt;
  return isOlder ? "newer" : "replace";
}

/** Replaces only the state that was decided about, if the store can do that. */
async function write(
  { manager, signal }: ImportTarget,
  name: string,
  value: SecretValue,
  current: Secret | "damaged" | undefined,
): Promise<SecretInfo> {
  if (current === undefined) return await manager.create(name, value, { signal });
  const ifVersion = current === "damaged" ? undefined : current.version;
  if (ifVersion === undefined) return await manager.set(name, value, { signal });
  try {
    return await manager.update(name, value, { ifVersion, signal });
  } catch (error) {
    if (!isSecretsError(error, "UNSUPPORTED")) throw error;
    return await manager.set(name, value, { signal });
  }
}
