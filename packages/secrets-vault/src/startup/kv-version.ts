/**
 * Reads the version of a KV engine out of the options of its mount. Vault always sends them: null, empty or with an empty
 * version for version 1, which is older than versions are.
 *
 * @returns undefined when they are missing or of another type, which proves no version
 */
export function readKvVersion(options: unknown): 1 | 2 | undefined {
  if (options === null) return 1;
  if (typeof options !== "object" || Array.isArray(options)) return undefined;
  const { version = "" } = options as { readonly version?: unknown };
  if (version === "2") return 2;
  return version === "" || version === "1" ? 1 : undefined;
}
