import { type Intercept, interceptedPlugin } from "@archestra/test-harness/intercepted-plugin";
import { createSecretsManager, migrateSecrets, type SecretsManager } from "../../src/index.ts";
import { MemoryStore, memoryPlugin } from "../../src/memory.ts";
import { recordedLogger } from "./recorded-logger.ts";
import { outerPlugin } from "./two-stores.ts";

/** The stores of three managers: `MEMORY`, which keeps the ownership table, `OUTER` and `THIRD` beside it. */
export class ThreeStores {
  readonly table = new MemoryStore();
  readonly outer = new MemoryStore();
  readonly third = new MemoryStore();

  open(
    selected: "MEMORY" | "OUTER" | "THIRD",
    intercept: Intercept = (_step, run) => run(),
  ): Promise<SecretsManager> {
    const third = Object.create(outerPlugin(this.third), { id: { value: "THIRD" } });
    const plugins = [memoryPlugin({ store: this.table }), outerPlugin(this.outer), third];
    return createSecretsManager({
      plugins: plugins.map((plugin) => interceptedPlugin(plugin, intercept)),
      manager: selected,
      env: {},
      logger: recordedLogger(),
    });
  }

  /** Creates the secret `a` at the first of these managers, and moves it from each to the next. */
  async moveAlong(value: { readonly token: string }, path: readonly ("MEMORY" | "OUTER" | "THIRD")[]) {
    const [first, ...others] = path;
    if (first === undefined) return;
    const manager = await this.open(first);
    await manager.create("a", value);
    for (const to of others) await migrateSecrets(manager, { to });
  }

  /** The names in each store. */
  get contents(): { readonly rows: string[]; readonly outer: string[]; readonly third: string[] } {
    const [rows = [], outer = [], third = []] = [this.table, this.outer, this.third].map((store) =>
      store.rows.map(({ name }) => name),
    );
    return { rows, outer, third };
  }
}
