import type { Logger } from "@archestra/secrets-core";

/** A logger that keeps the codes of what it is told. */
export function recordedLogger(): Logger & { readonly codes: string[] } {
  const codes: string[] = [];
  return {
    codes,
    warn(fields) {
      codes.push(String(fields.code));
    },
  };
}
