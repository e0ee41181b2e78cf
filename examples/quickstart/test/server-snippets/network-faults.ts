import { symlinkSync } from "node:fs";
import { join } from "node:path";
// For its declaration of `redisBinary`.
import type {} from "@archestra/test-servers/redis-global-setup";
import { inject } from "vitest";
import { temporaryFolder } from "../run-script.ts";
import type { ServerSnippet } from "./server-snippet.ts";

const binary = inject("redisBinary");

/** Starts Redis, and asks it through the proxy. */
export const networkFaults: ServerSnippet = {
  canRun: binary !== undefined,
  prepare() {
    const folder = temporaryFolder();
    // The snippet names the program as it is on the path of a machine that has it.
    symlinkSync(binary ?? "", join(folder, "redis-server"));
    return { env: { PATH: folder }, prints: ":1\n" };
  },
};
