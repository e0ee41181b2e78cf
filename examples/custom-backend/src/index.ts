export { type FilesOptions, filesPlugin } from "./files-plugin.ts";
