import type { Logger } from "@archestra/secrets-core";
import { showsPlantedText } from "./planted.ts";

/** A message as a logger got it. */
export interface Message {
  readonly fields: { readonly code: string; readonly [field: string]: unknown };
  readonly message: string;
}

/** A logger that keeps its messages, and fails the call that logs a planted text. */
export function recordedLogger(): Logger & {
  readonly warnings: Message[];
  /** The codes of the warnings. */
  readonly codes: string[];
  /** What was reported as a success. */
  readonly successes: Message[];
} {
  const warnings: Message[] = [];
  const successes: Message[] = [];
  const keepIn = (messages: Message[]) => (fields: Message["fields"], message: string) => {
    if (showsPlantedText([fields, message])) throw new Error("A message shows a planted text.");
    messages.push({ fields, message });
  };
  return {
    warnings,
    get codes() {
      return warnings.map(({ fields }) => fields.code);
    },
    successes,
    warn: keepIn(warnings),
    info: keepIn(successes),
  };
}
