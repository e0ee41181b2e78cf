import { MemoryStore, memoryPlugin } from "@archestra/secrets-core/memory";
import { backend, definePlugin, type Plugin, type SecretsBackend } from "@archestra/secrets-core/plugin";

/** The manager `OTHER`: in memory, and without an ownership table. */
export function externalPlugin(store = new MemoryStore()): Plugin<SecretsBackend> {
  return definePlugin({
    kind: backend,
    id: "OTHER",
    contractVersion: 1,
    settings: {},
    create: async (_settings, context): Promise<SecretsBackend> => {
      const inner = await memoryPlugin().create({ store } as never, context);
      return {
        capabilities: inner.capabilities,
        path: (name) => `other/${name}`,
        get: (name, call) => inner.get(name, call),
        write: (name, value, options, call) => inner.write(name, value, options, call),
        delete: (name, options, call) => inner.delete(name, options, call),
        list: (range, call) => inner.list(range, call),
        check: (options, call) => inner.check(options, call),
        close: () => inner.close(),
      };
    },
  });
}
