/*
 * All that is loaded when there is a table of owners, or secrets are moved. It is one module, because each that is loaded by
 * itself splits the package into more files, and every import of core would have to read them.
 */
export { moveSecrets } from "./move-secrets.ts";
export { openRoutedStore } from "./open-routed-store.ts";
export { removeCopies } from "./remove-copies.ts";
export { rewritePaths } from "./rewrite-paths.ts";
