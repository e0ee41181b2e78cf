import type { Logger } from "@archestra/secrets-core";

/** A warning as a logger receives it. */
export interface RecordedWarning {
  readonly fields: Readonly<Record<string, unknown>>;
  readonly message: string;
}

/** A logger that records warnings and successes. */
export class RecordedWarnings implements Logger {
  readonly warnings: RecordedWarning[] = [];

  warn(fields: Readonly<Record<string, unknown>>, message: string): void {
    this.warnings.push({ fields, message });
  }

  info(fields: Readonly<Record<string, unknown>>, message: string): void {
    this.warnings.push({ fields, message });
  }
}
