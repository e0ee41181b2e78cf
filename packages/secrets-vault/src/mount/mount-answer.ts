import type { VaultAnswer } from "../answers/vault-answer.ts";

/** A mount, as Vault describes it. */
export interface Mount {
  /** Without a slash at its end. */
  readonly path: string;
  readonly type: string;
  readonly options: unknown;
}

/** Undefined: the answer did not come from Vault. */
export function mountOf({ data }: VaultAnswer): Mount | undefined {
  const { path, type, options } = (data ?? {}) as Readonly<Record<string, unknown>>;
  if (typeof path !== "string" || typeof type !== "string") return undefined;
  return { path: path.replace(/\/$/, ""), type, options };
}

/**
 * Reads the version of a KV engine from the options of its mount. Vault always sends them: null, empty or with an empty
 * version for version 1, which is older than versions are.
 *
 * @returns undefined when they are missing or of another type, which proves no version
 */
export function kvVersionOf(options: unknown): 1 | 2 | undefined {
  if (options === null) return 1;
  if (typeof options !== "object" || Array.isArray(options)) return undefined;
  const { version = "" } = options as { readonly version?: unknown };
  if (version === "2") return 2;
  return version === "" || version === "1" ? 1 : undefined;
}
