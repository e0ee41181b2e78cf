import type { Plugin } from "@archestra/secrets-core/plugin";

/** A plugin whose product is accessible outside the manager. */
export interface ObservedPlugin<Product> {
  readonly plugin: Plugin<Product>;
  /** Returns its last product. Undefined: it has created none. */
  readonly product: () => Product | undefined;
}

/** Inherits from the descriptor, since only core can read its options. */
export function observePlugin<Product>(original: Plugin<Product>): ObservedPlugin<Product> {
  let product: Product | undefined;
  const create: Plugin<Product>["create"] = async (settings, context) => {
    product = await original.create(settings, context);
    return product;
  };
  const plugin: Plugin<Product> = Object.create(original, { create: { value: create, enumerable: true } });
  return { plugin: Object.freeze(plugin), product: () => product };
}
