import { cpSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const entry = "mermaid.esm.min.mjs";

/** Copies the bundle of Mermaid, which its parts load as diagrams need them, into the built site. */
export function copyMermaid(site: string): void {
  const source = dirname(fileURLToPath(import.meta.resolve("mermaid")));
  const isLoaded = (path: string) => !path.endsWith(".map");
  for (const part of [entry, "chunks/mermaid.esm.min"]) {
    cpSync(join(source, part), join(site, "mermaid", part), { recursive: true, filter: isLoaded });
  }
}
