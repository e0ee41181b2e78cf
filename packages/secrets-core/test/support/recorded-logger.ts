import type { Logger } from "../../src/index.ts";

/** A logger that records its messages. */
export function recordedLogger(): Logger & {
  readonly warnings: { fields: Record<string, unknown>; message: string }[];
} {
  const warnings: { fields: Record<string, unknown>; message: string }[] = [];
  return {
    warnings,
    warn(fields, message) {
      warnings.push({ fields, message });
    },
  };
}
