import { closedInTime, openedInTime } from "./end-in-time.ts";
import type { Plugin, PluginContext } from "./plugin.ts";
import type { ResolvedPlugin } from "./resolve-plugin.ts";

/** What a plugin made, and how to end it together with what its slots made. */
export interface OpenedPlugin<Product> {
  readonly product: Product;
  readonly dispose: () => Promise<void>;
}

/** Opens the plugins chosen in the slots, then the plugin itself. What opened before a failure is disposed. */
export async function openPlugin<Product>(
  resolved: ResolvedPlugin,
  context: PluginContext,
): Promise<OpenedPlugin<Product>> {
  const opened: OpenedPlugin<unknown>[] = [];
  const disposeAll = async () => {
    const results = [];
    for (const part of opened.splice(0).reverse())
      results.push(...(await Promise.allSettled([part.dispose()])));
    const failed = results.find((result) => result.status === "rejected");
    if (failed !== undefined) throw failed.reason;
  };
  try {
    const settings: Record<string, unknown> = { ...resolved.values };
    for (const [key, choice] of Object.entries(resolved.slots)) {
      const part = await openPlugin(choice, context);
      opened.push(part);
      settings[key] = part.product;
    }
    context.signal.throwIfAborted();
    const plugin = resolved.plugin as Plugin<Product>;
    const opening = (async () => plugin.create(Object.freeze(settings) as never, context))();
    const product = await openedInTime(opening, context.signal, disposeProduct);
    return {
      product,
      dispose: async () => {
        try {
          await closedInTime(disposeProduct(product), plugin.id);
        } finally {
          await disposeAll();
        }
      },
    };
  } catch (error) {
    // The failure that is worth telling is the first one.
    await disposeAll().catch(() => undefined);
    throw error;
  }
}

/** Backends have `close`; what other kinds make is disposed when it says how. */
async function disposeProduct(product: unknown): Promise<void> {
  if (typeof product !== "object" || product === null) return;
  const closable = product as { close?: unknown; [Symbol.asyncDispose]?: unknown };
  if (typeof closable.close === "function") await closable.close();
  else if (typeof closable[Symbol.asyncDispose] === "function")
    await (closable as AsyncDisposable)[Symbol.asyncDispose]();
}
