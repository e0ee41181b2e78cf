import type { Logger } from "@archestra/secrets-core";

/** A logger that records its warnings. */
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
