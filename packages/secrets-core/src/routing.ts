/*
 * All that is loaded when an ownership table exists, or secrets are migrated. It is one module, because each dynamic import
 * of its own splits the package into more files, and every import of core would have to read them.
 */
export { finalizeAll } from "./migration/finalize-migration.ts";
export { migrateAll } from "./migration/migrate-secrets.ts";
export { rebindAll } from "./migration/rebind-paths.ts";
export { openRoutingStore } from "./ownership/open-routing-store.ts";
