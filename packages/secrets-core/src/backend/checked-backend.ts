import { pluginBroken } from "../errors/plugin-broken.ts";

const required = ["get", "write", "delete", "list", "check", "close"];
const optional = ["getMany", "has", "history", "classify", "inTransaction", "path"];
const ofOwnership = [
  "find",
  "read",
  "readMany",
  "claim",
  "advance",
  "remove",
  "list",
  "transitions",
  "count",
];

type Members = Readonly<Record<string, unknown>>;

/**
 * Verifies that a product has the members of a backend, so that no call meets a missing one.
 *
 * @param source the member that returned the product
 * @param needsOwnership whether the plugin declares an ownership table
 * @throws SecretsError INTERNAL, reason PLUGIN_BROKEN
 */
export function assertBackend(
  plugin: string,
  product: unknown,
  source: "create" | "inTransaction",
  needsOwnership = false,
): void {
  if (typeof product !== "object" || product === null)
    throw pluginBroken(plugin, `${source}()`, "return a backend", product);
  const members = product as Members;
  const { capabilities, location, ownership } = members;
  if (typeof capabilities !== "object" || capabilities === null)
    throw pluginBroken(plugin, "capabilities", "be an object", capabilities);
  for (const name of ["versions", "conditionalWrites", "list"]) {
    const declared = (capabilities as Members)[name];
    if (typeof declared !== "boolean")
      throw pluginBroken(plugin, `capabilities.${name}`, "be true or false", declared);
  }
  for (const name of required) assertFunction(plugin, members, name);
  for (const name of optional) if (members[name] !== undefined) assertFunction(plugin, members, name);
  if (location !== undefined && typeof location !== "string")
    throw pluginBroken(plugin, "location", "be a string", location);
  if (ownership === undefined && !needsOwnership) return;
  if (typeof ownership !== "object" || ownership === null) {
    const rule = "be an ownership store, since the plugin declares `ownership`";
    throw pluginBroken(plugin, "ownership", rule, ownership);
  }
  for (const name of ofOwnership) assertFunction(plugin, ownership as Members, name, "ownership.");
}

function assertFunction(plugin: string, members: Members, name: string, prefix = ""): void {
  const member = members[name];
  if (typeof member !== "function") throw pluginBroken(plugin, `${prefix}${name}`, "be a function", member);
}
