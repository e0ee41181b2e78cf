import { vi } from "vitest";

/** The package once more, as an application gets it when two of its dependencies bring different versions. */
export async function secondCopy() {
  vi.resetModules();
  return {
    ...(await import("../../src/index.ts")),
    ...(await import("../../src/plugin.ts")),
    ...(await import("../../src/memory.ts")),
  };
}
