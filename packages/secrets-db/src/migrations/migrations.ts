import { secretsAndKeys } from "./0001-secrets-and-keys.ts";
import type { Migration } from "./migration.ts";

/** Every migration by name, in the order in which they run. */
export const migrations: Readonly<Record<string, Migration>> = {
  "0001-secrets-and-keys": secretsAndKeys,
};
