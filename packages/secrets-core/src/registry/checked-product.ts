import { assertBackend } from "../backend/checked-backend.ts";
import { pluginBroken } from "../errors/plugin-broken.ts";
import { backend } from "./kind.ts";
import type { Plugin } from "./plugin.ts";

/**
 * Verifies that a plugin has created what its kind requires, before anything uses it.
 *
 * @throws SecretsError INTERNAL, reason PLUGIN_BROKEN
 */
export function assertProduct({ id, kind, ownership }: Plugin, product: unknown): void {
  if (kind.id === backend.id) {
    assertBackend(id, product, "create", ownership === true);
    return;
  }
  if (product === undefined || product === null)
    throw pluginBroken(id, "create()", `return a product of kind ${kind.id}`, product);
  for (const name of kind.methods ?? []) {
    const method = (product as Readonly<Record<string, unknown>>)[name];
    if (typeof method !== "function") throw pluginBroken(id, name, "be a function", method);
  }
}
