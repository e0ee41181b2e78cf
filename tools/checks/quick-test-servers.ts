import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Problem } from "./problem.ts";
import { root } from "./workspace.ts";

/** `pnpm test` on a fresh machine waits for servers that take seconds, and never for those that are built for minutes. */
export function checkQuickTestServers(folder: string): Problem[] {
  const file = join("packages", folder, "turbo.json");
  if (!existsSync(join(root, file))) return [];
  const { tasks } = JSON.parse(readFileSync(join(root, file), "utf8")) as {
    readonly tasks?: { readonly test?: { readonly dependsOn?: readonly string[] } };
  };
  if (!tasks?.test?.dependsOn?.includes("@archestra/test-servers#test-servers")) return [];
  return [
    {
      where: file,
      what: "its tests wait until Vault is built, which takes minutes on a fresh machine",
      todo: "let `test` depend on `@archestra/test-servers#quick-test-servers`",
    },
  ];
}
