import type { SecretsBackend } from "../backend/backend.ts";
import { backend } from "../registry/kind.ts";
import { definePlugin, type Plugin } from "../registry/plugin.ts";
import { type OptionsOf, option } from "../registry/setting.ts";
import { MemoryBackend } from "./memory-backend.ts";
import { MemoryStore } from "./memory-store.ts";

const settings = {
  /**
   * Where the secrets lie, to look into it or to share it between managers. Not given: a new one at each start.
   *
   * Only in code.
   */
  store: option<MemoryStore>({
    description:
      "Where the secrets lie, to look into it or to share it between managers. Not given: a new one at each start.",
  }),
};

/** What `memoryPlugin` takes. */
export type MemoryOptions = OptionsOf<typeof settings>;

/**
 * The plugin `MEMORY`: secrets in the memory of the process, unencrypted and gone with it. For tests of applications:
 * `createSecretsManager({ plugins: [memoryPlugin()], manager: "MEMORY", env: {} })`.
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
