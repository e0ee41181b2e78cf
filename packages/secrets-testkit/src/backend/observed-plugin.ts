import type { Plugin } from "@archestra/secrets-core/plugin";

/** A plugin whose products can be had, although a manager keeps them to itself. */
export interface ObservedPlugin<Product> {
  readonly plugin: Plugin<Product>;
  /** What it made last. Undefined: it has made nothing. */
  readonly product: () => Product | undefined;
}

/** Inherits from the descriptor, which keeps its options where only core finds them. */
export function observePlugin<Product>(original: Plugin<Product>): ObservedPlugin<Product> {
  let product: Product | undefined;
  const create: Plugin<Product>["create"] = async (settings, context) => {
    product = await original.create(settings, context);
    return product;
  };
  const plugin: Plugin<Product> = Object.create(original, { create: { value: create, enumerable: true } });
  return { plugin: Object.freeze(plugin), product: () => product };
}
