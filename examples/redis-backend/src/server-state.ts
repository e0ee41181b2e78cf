import type { HealthProblem } from "@archestra/secrets-core/plugin";
import { StrangeAnswer } from "./redis-error.ts";

export const NO_INFO =
  "The user may not run INFO, so eviction and persistence of Redis are not checked. Grant it with `+info`.";

/** What the answer to `INFO` says about a server that may lose secrets. */
export function serverProblems(info: unknown): HealthProblem[] {
  if (typeof info !== "string" || !info.includes("redis_version:")) throw new StrangeAnswer();
  const field = (name: string) => new RegExp(`^${name}:(.*?)\\r?$`, "m").exec(info)?.[1];
  const problems: HealthProblem[] = [];
  if (field("maxmemory_policy")?.startsWith("allkeys")) {
    problems.push({
      code: "INVALID_CONFIGURATION",
      message: `Redis deletes secrets when its memory is full: its maxmemory-policy is ${field("maxmemory_policy")}. Set it to noeviction.`,
    });
  }
  if (field("aof_enabled") === "0") {
    problems.push({
      code: "INVALID_CONFIGURATION",
      message:
        "Redis loses the last changes when it crashes: it has no append-only file. Set appendonly to yes.",
    });
  }
  return problems;
}
