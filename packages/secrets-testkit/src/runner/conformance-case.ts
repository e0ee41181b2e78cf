/** A requirement of the contract, as a test. */
export interface ConformanceCase<Subject> {
  /** The specification that a passing plugin meets. It is unique within its group. */
  readonly name: string;
  /** The member of the contract, and a quotation of its documentation. */
  readonly contract: string;
  /** Throws if the plugin does not meet the specification. */
  readonly run: (subject: Subject) => Promise<void>;
}

/** The cases of a suite, by the name of their group. */
export type CaseGroups<Subject> = Readonly<Record<string, readonly ConformanceCase<Subject>[]>>;

/** Cases, and how to run them. */
export interface Suite<Subject> {
  /** The id of the suite. */
  readonly id: "backend" | "entry-store" | "plugin" | "vault-auth";
  /** The name of the tested plugin or store. */
  readonly subject: string;
  readonly groups: CaseGroups<Subject>;
  /** Creates a new subject, runs one case on it, and closes it. */
  readonly withSubject: (run: (subject: Subject) => Promise<void>) => Promise<void>;
  /** Throws if the harness is invalid. Absent: there is nothing to verify. */
  readonly proveHarness?: () => Promise<void>;
}
