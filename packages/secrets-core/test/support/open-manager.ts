import {
  type CreateSecretsManagerOptions,
  createSecretsManager,
  type SecretsManager,
} from "../../src/index.ts";
import { MemoryStore, memoryPlugin } from "../../src/memory.ts";
import { backend, definePlugin, type SecretsBackend } from "../../src/plugin.ts";

type Options = Omit<CreateSecretsManagerOptions, "plugins" | "manager">;

/** A manager on memory; pass a store to look into it, or to let several managers share it. */
export function openMemory(store = new MemoryStore(), options: Options = {}): Promise<SecretsManager> {
  return createSecretsManager({ plugins: [memoryPlugin({ store })], manager: "MEMORY", env: {}, ...options });
}

/** A manager, called `FAKE`, on a backend made by the test. */
export function openBackend(product: SecretsBackend, options: Options = {}): Promise<SecretsManager> {
  const plugin = definePlugin({
    kind: backend,
    id: "FAKE",
    contractVersion: 1,
    settings: {},
    create: () => product,
  });
  return createSecretsManager({ plugins: [plugin], manager: "FAKE", env: {}, ...options });
}
