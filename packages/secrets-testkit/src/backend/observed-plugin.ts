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
 * @param onCreateEnd is called when its `create` has ended
 */
export function observePlugin<Product extends object>(
  original: Plugin<Product>,
  errors: PluginErrors | undefined,
  onCreateEnd: () => void = () => {},
): ObservedPlugin<Product> {
  let product: Product | undefined;
  const create: Plugin<Product>["create"] = async (settings, context) => {
    try {
      const created = await original.create(settings, context);
      const isRecorded = errors !== undefined && typeof created === "object" && created !== null;
      product = isRecorded ? recordErrors(created, errors) : created;
      return product;
    } catch (error) {
      errors?.add("create", error);
      throw error;
    } finally {
      onCreateEnd();
    }
  };
  const plugin: Plugin<Product> = Object.create(original, { create: { value: create, enumerable: true } });
  return { plugin: Object.freeze(plugin), product: () => product };
}
