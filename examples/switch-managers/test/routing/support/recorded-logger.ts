import type { Logger } from "@archestra/secrets-core";

/** A logger that records the codes of its messages. */
export function recordedLogger(): Logger & { readonly codes: string[] } {
  const codes: string[] = [];
  return {
    codes,
    warn(fields) {
      codes.push(String(fields.code));
    },
  };
}
