import { type Intercept, interceptedPlugin } from "@archestra/test-harness/intercepted-plugin";
import {
  type CreateSecretsManagerOptions,
  createSecretsManager,
  type SecretsManager,
} from "../../src/index.ts";
import { MemoryStore, memoryPlugin } from "../../src/memory.ts";
import { backend, definePlugin, type Plugin, type SecretsBackend } from "../../src/plugin.ts";
import { recordedLogger } from "./recorded-logger.ts";

/** `MEMORY` keeps the ownership table, `OUTER` is a manager beside it. */
export type ManagerId = "MEMORY" | "OUTER";

/** How the external manager differs from what memory does. */
export interface OuterOptions {
  /** Where it says that it keeps secrets. @default "outer" */
  readonly prefix?: string;
  /** @default true */
  readonly conditionalWrites?: boolean;
  /** What it does otherwise. */
  readonly replaced?: Partial<SecretsBackend>;
}

/** An external manager on a store of its own, without an ownership table. */
export function outerPlugin(store: MemoryStore, options: OuterOptions = {}): Plugin<SecretsBackend> {
  const { prefix = "outer", conditionalWrites = true, replaced = {} } = options;
  return definePlugin({
    kind: backend,
    id: "OUTER",
    contractVersion: 1,
    settings: {},
    create: async (_settings, context) => {
      const inner = await memoryPlugin().create({ store } as never, context);
      const outer: SecretsBackend = {
        capabilities: { versions: conditionalWrites, conditionalWrites, list: true },
        path: (name) => `${prefix}/${name}`,
        get: (name, c) => inner.get(name, c),
        write: (name, value, expectation, c) => inner.write(name, value, expectation, c),
        delete: (name, expectation, c) => inner.delete(name, expectation, c),
        list: (range, c) => inner.list(range, c),
        check: (asked, c) => inner.check(asked, c),
        close: () => inner.close(),
      };
      return Object.assign(outer, replaced);
    },
  });
}

/** The stores of the two managers, and managers on them as processes would have them. */
export class TwoStores {
  readonly table = new MemoryStore();
  readonly outer = new MemoryStore();
  readonly outerOptions: OuterOptions;

  constructor(outerOptions: OuterOptions = {}) {
    this.outerOptions = outerOptions;
  }

  /** A value `a` at `OUTER` that the table does not know. */
  static withUnknown(value: { readonly token: string }): TwoStores {
    const stores = new TwoStores();
    stores.outer.insert("a", { manager: "MEMORY", state: "active" }, value);
    return stores;
  }

  /** So many secrets of `MEMORY`: `secret-0` and so on. */
  static async ofMemory(count: number, value: { readonly token: string }): Promise<TwoStores> {
    const stores = new TwoStores();
    const manager = await stores.open("MEMORY");
    for (let index = 0; index < count; index++) await manager.create(`secret-${index}`, value);
    return stores;
  }

  /** Each manager has one secret of its own: `of-memory` and `of-outer`. */
  static async filled(value: { readonly token: string }): Promise<TwoStores> {
    const stores = new TwoStores();
    for (const [owner, name] of [
      ["MEMORY", "of-memory"],
      ["OUTER", "of-outer"],
    ] as const) {
      const manager = await stores.open(owner);
      await manager.create(name, value);
      await manager.close();
    }
    return stores;
  }

  /** A process that has this manager selected. */
  open(
    selected: ManagerId,
    options: Partial<CreateSecretsManagerOptions> & {
      readonly intercept?: Intercept;
      readonly outer?: OuterOptions;
    } = {},
  ): Promise<SecretsManager> {
    const { intercept, outer, ...rest } = options;
    const plugins = [
      memoryPlugin({ store: this.table }),
      outerPlugin(this.outer, outer ?? this.outerOptions),
    ];
    return createSecretsManager({
      plugins:
        intercept === undefined ? plugins : plugins.map((plugin) => interceptedPlugin(plugin, intercept)),
      manager: selected,
      env: {},
      logger: recordedLogger(),
      ...rest,
    });
  }

  /** Makes the transitions stale. */
  age(transitionIds?: ReadonlySet<string>): void {
    for (const row of this.table.rows) {
      if (row.transitionId === undefined) continue;
      if (transitionIds !== undefined && !transitionIds.has(row.transitionId)) continue;
      this.table.replace(row, { transitionStartedAt: new Date(Date.now() - 10 * 60_000) });
    }
  }

  /** Everything that lies anywhere. */
  get contents(): { readonly rows: readonly string[]; readonly outer: readonly string[] } {
    return {
      rows: this.table.rows.map(({ name }) => name),
      outer: this.outer.rows.map(({ name }) => name),
    };
  }
}
