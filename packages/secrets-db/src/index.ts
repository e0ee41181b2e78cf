export { type DbOptions, dbPlugin } from "./db-plugin.ts";
