import type { Logger } from "@archestra/secrets-core";
import { showsPlantedText } from "./planted.ts";

/** A warning as a logger got it. */
export interface Warning {
  readonly fields: { readonly code: string; readonly [field: string]: unknown };
  readonly message: string;
}

/** A logger that keeps what it is told, and fails the call that tells it a planted text. */
export function recordedLogger(): Logger & { readonly warnings: Warning[]; readonly codes: string[] } {
  const warnings: Warning[] = [];
  return {
    warnings,
    get codes() {
      return warnings.map(({ fields }) => fields.code);
    },
    warn(fields, message) {
      if (showsPlantedText([fields, message])) throw new Error("A warning shows a planted text.");
      warnings.push({ fields, message });
    },
  };
}
