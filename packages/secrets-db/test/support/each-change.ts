import type { SecretsManager } from "@archestra/secrets-core";

/** What every change can be called with. */
interface Signaled {
  readonly signal?: AbortSignal;
}

/** A kind of change of one secret. */
export interface KindOfChange {
  readonly kind: string;
  /** Whether the secret exists before. */
  readonly exists: boolean;
  readonly run: (manager: SecretsManager, name: string, options?: Signaled) => Promise<unknown>;
}

/** The value that each change leaves, but for a deletion. */
export const changed = Object.freeze({ is: "changed" });

/** Every kind of change. */
export const eachChange: readonly KindOfChange[] = [
  { kind: "create", exists: false, run: (m, name, options) => m.create(name, changed, options) },
  { kind: "set of nothing", exists: false, run: (m, name, options) => m.set(name, changed, options) },
  { kind: "set", exists: true, run: (m, name, options) => m.set(name, changed, options) },
  { kind: "update", exists: true, run: (m, name, options) => m.update(name, changed, options) },
  { kind: "update by a function", exists: true, run: (m, n, options) => m.update(n, () => changed, options) },
  { kind: "delete", exists: true, run: (m, name, options) => m.delete(name, options) },
];

/** Creates what each change needs to be there, under the name of its kind. */
export async function createWhatExists(manager: SecretsManager): Promise<void> {
  for (const { kind, exists } of eachChange) if (exists) await manager.create(kind, { is: "old" });
}
