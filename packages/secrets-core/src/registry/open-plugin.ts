import { assertProduct } from "./checked-product.ts";
import { Cleanup, type CleanupStep } from "./cleanup.ts";
import { closeProduct } from "./close-product.ts";
import type { Opening } from "./opening.ts";
import type { Plugin, PluginContext } from "./plugin.ts";
import type { ResolvedPlugin } from "./resolve-plugin.ts";

/** The product of a plugin, and a function that closes it and the products of its slots. */
export interface OpenedPlugin<Product> {
  /** What the plugin creates, such as a backend. */
  readonly product: Product;
  /** Closes the product, and everything that was opened for it. */
  readonly dispose: () => Promise<void>;
}

/** The same, closed as a part of a whole that has one end. */
export interface ClosableProduct<Product> {
  readonly product: Product;
  readonly dispose: CleanupStep;
}

/**
 * Opens the plugins of the slots, then the plugin itself. After a failure it closes everything that it opened.
 *
 * @param manager the plugin to whose slots the plugin belongs. @default the plugin itself
 */
export async function openPlugin<Product>(
  resolved: ResolvedPlugin,
  context: Omit<PluginContext, "signal">,
  opening: Opening,
  manager: string = resolved.plugin.id,
): Promise<ClosableProduct<Product>> {
  const cleanup = new Cleanup();
  try {
    const settings: Record<string, unknown> = { ...resolved.values };
    for (const [key, choice] of Object.entries(resolved.slots)) {
      const { product, dispose } = await openPlugin(choice, context, opening, manager);
      cleanup.add(dispose);
      settings[key] = product;
    }
    const plugin = resolved.plugin as Plugin<Product>;
    const { signal } = opening;
    const product = await opening.product(plugin.id, () =>
      plugin.create(Object.freeze(settings) as never, { ...context, signal }),
    );
    cleanup.add((closing) => closing.wait({ plugin: plugin.id, manager }, closeProduct(product)));
    assertProduct(plugin, product);
    return { product, dispose: (closing) => cleanup.run(closing) };
  } catch (error) {
    // The first failure is the one to report.
    await cleanup.run(opening.closing).catch(() => undefined);
    throw error;
  }
}
