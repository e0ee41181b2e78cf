/*
 * Everything that only routing and migrations load. It is one module: each dynamic import splits the package into more files,
 * all of which an import of core would have to read.
 */
export { finalizeAll } from "./migration/finalize-migration.ts";
export { migrateAll } from "./migration/migrate-secrets.ts";
export { rebindAll } from "./migration/rebind-paths.ts";
export { openRoutingStore } from "./ownership/open-routing-store.ts";
