import { join } from "node:path";
import type { ServerSnippet } from "./server-snippet.ts";

/** Runs a command of the program with the plugin that the application has constructed. */
export const ownProgram: ServerSnippet = {
  canRun: true,
  prepare: () => ({
    preload: join(import.meta.dirname, "redis-plugin.ts"),
    args: ["list", "--json"],
    env: { ARCHESTRA_SECRETS_MANAGER: "MEMORY" },
    prints: /"name":\s*"github_token"/,
  }),
};
