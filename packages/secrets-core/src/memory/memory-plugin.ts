import type { SecretsBackend } from "../backend/backend.ts";
import { backend } from "../registry/kind.ts";
import { definePlugin, type Plugin } from "../registry/plugin.ts";
import { type OptionsOf, option } from "../registry/setting.ts";
import { MemoryBackend } from "./memory-backend.ts";
import { MemoryStore } from "./memory-store.ts";

const settings = {
  /** The store of the secrets, to inspect it or share it between managers. Absent: a new store for each start. */
  store: option<MemoryStore>({
    description:
      "The store of the secrets, to inspect it or share it between managers. Absent: a new store for each start.",
  }),
};

/** The options of `memoryPlugin`. */
export type MemoryOptions = OptionsOf<typeof settings>;

/**
 * Creates the plugin `MEMORY`, which stores secrets unencrypted in the memory of the process. It is for tests of applications.
 *
 * @example
 * const secrets = await createSecretsManager({ plugins: [memoryPlugin()], manager: "MEMORY", env: {} });
 */
export function memoryPlugin(options: MemoryOptions = {}): Plugin<SecretsBackend> {
  return definePlugin({
    kind: backend,
    id: "MEMORY",
    contractVersion: 1,
    ownership: true,
    options,
    settings,
    create: ({ store = new MemoryStore() }) => new MemoryBackend(store, "MEMORY"),
  });
}
