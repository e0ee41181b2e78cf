import type { Logger } from "@archestra/secrets-core";

/** A logger that keeps what it is told. */
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
