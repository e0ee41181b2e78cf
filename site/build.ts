import { build } from "vitepress";
import { writeCurrentPages } from "./api/write-current.ts";
import { builtSite } from "./built-site.ts";
import { copyMermaid } from "./copy-mermaid.ts";

/** Builds the site into `site/dist`. `--base=/path/` is the path at which it will be served; the default is `/`. */
const base = process.argv.find((argument) => argument.startsWith("--base="))?.slice("--base=".length);

await writeCurrentPages();
await build(import.meta.dirname, base === undefined ? {} : { base });
copyMermaid(builtSite);
