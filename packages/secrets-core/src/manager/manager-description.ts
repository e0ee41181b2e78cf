import type { Capabilities, HealthProblem } from "../backend/backend.ts";
import type { Resolution } from "../registry/resolve-secrets-manager.ts";

/** What is asked for, what is used, and why. Safe to show a user. */
export interface ManagerDescription extends Resolution {
  /** Where the secrets lie, in words. */
  readonly location: string;
  /**
   * What is wrong with the choice of the manager, as `check()` reports it: reason `FALLBACK` when the requested manager is
   * not the one in use. Empty: nothing.
   */
  readonly problems: readonly HealthProblem[];
  /** What the manager can do. */
  readonly capabilities: Capabilities;
  /**
   * How many secrets each manager holds, as last counted: by `check({ count: true })`, or at the start, which counts those
   * of managers that are not selected. Absent: no table of owners is installed.
   */
  readonly countByManager?: Readonly<Record<string, number>>;
}
