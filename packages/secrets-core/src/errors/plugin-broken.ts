import { SecretsError } from "./secrets-error.ts";

/**
 * The error of a plugin that violates its contract. It says what was received by its type alone, since it may be a secret.
 *
 * @param plugin the id of the plugin
 * @param member the member of its product, or a part of what it returned, such as `get().version`
 * @param rule what the contract requires, as it follows "must"
 * @param received what is there instead
 */
export function pluginBroken(plugin: string, member: string, rule: string, received: unknown): SecretsError {
  const message = `The plugin ${plugin} violates its contract: \`${member}\` must ${rule}. Received: ${typeName(received)}. This is a bug in the plugin; please report it to its author.`;
  return new SecretsError("INTERNAL", message, {
    reason: "PLUGIN_BROKEN",
    retryable: false,
    manager: plugin,
  });
}

function typeName(value: unknown): string {
  if (value === undefined || value === null) return String(value);
  if (Array.isArray(value)) return "an array";
  if (value instanceof Promise) return "a Promise that was not awaited";
  const type = typeof value;
  return `${type === "object" ? "an" : "a"} ${type}`;
}
