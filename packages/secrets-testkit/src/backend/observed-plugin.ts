import type { Plugin } from "@archestra/secrets-core/plugin";
import type { PluginErrors } from "../runner/plugin-errors.ts";
import { recordErrors } from "./recorded-errors.ts";

/** A plugin whose product is accessible outside the manager. */
export interface ObservedPlugin<Product> {
  readonly plugin: Plugin<Product>;
  /** Returns its last product. Undefined: it has created none. */
  readonly product: () => Product | undefined;
}

/**
 * Inherits from the descriptor, since only core can read its options.
 *
 * @param errors records what the plugin throws. Undefined: it is not recorded
 */
export function observePlugin<Product extends object>(
  original: Plugin<Product>,
  errors: PluginErrors | undefined,
): ObservedPlugin<Product> {
  let product: Product | undefined;
  const create: Plugin<Product>["create"] = async (settings, context) => {
    try {
      const created = await original.create(settings, context);
      product = errors === undefined ? created : recordErrors(created, errors);
      return product;
    } catch (error) {
      errors?.add("create", error);
      throw error;
    }
  };
  const plugin: Plugin<Product> = Object.create(original, { create: { value: create, enumerable: true } });
  return { plugin: Object.freeze(plugin), product: () => product };
}
