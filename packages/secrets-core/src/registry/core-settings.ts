import { type VariableDeclaration, variable } from "./setting.ts";
import { booleanSetting } from "./setting-schemas.ts";

/** The variables that core itself reads, declared as those of plugins are. */
export const coreSettings = Object.freeze({
  manager: variable("ARCHESTRA_SECRETS_MANAGER", {
    default: "DB",
    description: "Names the secrets manager that keeps new secrets, such as `DB` or `VAULT`.",
  }) as VariableDeclaration,
  strict: variable("ARCHESTRA_SECRETS_STRICT", {
    schema: booleanSetting,
    default: "false",
    description: "Forbids the fallback to another manager, and whatever else a plugin would only warn of.",
  }) as VariableDeclaration,
});
