import type { Migration } from "kysely/migration";
import { secretsAndKeys } from "./0001-secrets-and-keys.ts";

/** Every migration by name, in the order in which they run. Within a major version each only adds. */
export const migrations: Readonly<Record<string, Migration>> = {
  "0001-secrets-and-keys": secretsAndKeys,
};
