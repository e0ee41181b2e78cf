import { SecretsError } from "../errors/secrets-error.ts";
import { Cleanup } from "./cleanup.ts";
import type { Plugin, PluginContext } from "./plugin.ts";
import type { ResolvedPlugin } from "./resolve-plugin.ts";
import { withTimeout } from "./with-timeout.ts";

/** Milliseconds that a plugin has for its cleanup after the start was aborted. */
const ABORT_GRACE = 5_000;
/** Milliseconds that a plugin has to close. */
const CLOSE_TIMEOUT = 10_000;

/** The product of a plugin, and a function that closes it and the products of its slots. */
export interface OpenedPlugin<Product> {
  readonly product: Product;
  readonly dispose: () => Promise<void>;
}

/** Opens the plugins of the slots, then the plugin itself. After a failure it closes everything that it opened. */
export async function openPlugin<Product>(
  resolved: ResolvedPlugin,
  context: PluginContext,
): Promise<OpenedPlugin<Product>> {
  const cleanup = new Cleanup();
  try {
    const settings: Record<string, unknown> = { ...resolved.values };
    for (const [key, choice] of Object.entries(resolved.slots)) {
      const { product, dispose } = await openPlugin(choice, context);
      cleanup.add(dispose);
      settings[key] = product;
    }
    context.signal.throwIfAborted();
    const plugin = resolved.plugin as Plugin<Product>;
    const opening = (async () => plugin.create(Object.freeze(settings) as never, context))();
    const product = await abortable(opening, context.signal);
    cleanup.add(() => withTimeout(disposeProduct(product), CLOSE_TIMEOUT, () => notClosed(plugin.id)));
    return { product, dispose: () => cleanup.run() };
  } catch (error) {
    // The first failure is the one to report.
    await cleanup.run().catch(() => undefined);
    throw error;
  }
}

/**
 * Waits for a plugin to open. After the signal has aborted, the plugin has some seconds for its cleanup. Then the wait ends,
 * and a product that arrives late is closed.
 *
 * @throws the signal's reason when it ended the wait
 */
async function abortable<Product>(opening: Promise<Product>, signal: AbortSignal): Promise<Product> {
  const { promise: end, reject } = Promise.withResolvers<never>();
  let timer: NodeJS.Timeout | undefined;
  const giveUp = () => {
    reject(signal.reason);
    opening.then(disposeProduct).catch(() => undefined);
  };
  const onAbort = () => {
    timer = setTimeout(giveUp, ABORT_GRACE);
  };
  if (signal.aborted) onAbort();
  else signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await Promise.race([opening, end]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", onAbort);
  }
}

function notClosed(plugin: string): SecretsError {
  const message = `The plugin ${plugin} did not close within ${CLOSE_TIMEOUT / 1_000} seconds. Everything else is closed. Connections of this plugin may stay open until the process ends.`;
  return new SecretsError("TIMEOUT", message, { reason: "CLOSE_NOT_ENDED", retryable: false });
}

/** A product of any kind is closed if it has `close` or is an AsyncDisposable. */
async function disposeProduct(product: unknown): Promise<void> {
  if (typeof product !== "object" || product === null) return;
  const closable = product as { close?: unknown; [Symbol.asyncDispose]?: unknown };
  if (typeof closable.close === "function") await closable.close();
  else if (typeof closable[Symbol.asyncDispose] === "function")
    await (closable as AsyncDisposable)[Symbol.asyncDispose]();
}
