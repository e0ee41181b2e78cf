import type { PluginErrors } from "./plugin-errors.ts";

/** A requirement of the contract, as a test. */
export interface ConformanceCase<Subject> {
  /** The specification that a passing plugin meets. It is unique within its group. */
  readonly name: string;
  /** The member of the contract, and a quotation of its documentation. */
  readonly contract: string;
  /** How long the case may take before it has failed, in milliseconds. @default `CASE_TIMEOUT` */
  readonly timeout?: number;
  /** Whether the case waits in `besideOtherCases` for most of its time, so that the others of its group can run. @default false */
  readonly waits?: boolean;
  /** Throws if the plugin does not meet the specification. */
  readonly run: (subject: Subject) => Promise<void>;
}

/** The cases of a suite, by the name of their group. */
export type CaseGroups<Subject> = Readonly<Record<string, readonly ConformanceCase<Subject>[]>>;

/** A requirement for the harness of a suite. */
export interface HarnessRequirement {
  /** The requirement, after `the harness`. */
  readonly name: string;
  readonly contract: string;
  /** Throws if the harness does not meet it. */
  readonly prove: () => Promise<void>;
}

/** Cases, and how to run them. */
export interface Suite<Subject> {
  /** The id of the suite. */
  readonly id: "backend" | "entry-store" | "plugin" | "vault-auth";
  /** The name of the tested plugin or store. */
  readonly subject: string;
  readonly groups: CaseGroups<Subject>;
  /** Creates a new subject, runs one case on it, and closes it. */
  readonly withSubject: (run: (subject: Subject) => Promise<void>) => Promise<void>;
  /** Verifies the harness before the first case. Absent: there is nothing to verify. */
  readonly harnessProof?: HarnessRequirement;
  /** Whether a case that waits leaves the others as they are, so that they run meanwhile. @default false */
  readonly independentCases?: boolean | undefined;
  /** The errors of the plugin during the current case. Absent: they are not recorded. */
  readonly pluginErrors?: PluginErrors | undefined;
}
