import type { SecretsBackend, StoredInfo } from "../../src/plugin.ts";

/**
 * A backend of which a test replaces what it needs: for faults, delays and missing abilities, which memory cannot be
 * made to show. What is not replaced behaves as an empty store does.
 */
export function fakeBackend(replaced: Partial<SecretsBackend> = {}): SecretsBackend {
  return {
    capabilities: { versions: true, conditionalWrites: true, list: true },
    get: async () => undefined,
    write: async (name) => ({ name, version: "1" }),
    delete: async () => false,
    list: () => streamOf([]),
    check: async () => ({ status: "healthy", problems: [] }),
    close: async () => {},
    ...replaced,
  };
}

/** What a backend's `list` gives. */
export async function* streamOf(entries: readonly StoredInfo[]): AsyncGenerator<StoredInfo> {
  yield* entries;
}
