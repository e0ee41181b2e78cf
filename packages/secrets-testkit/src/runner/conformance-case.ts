/** One thing that the contract demands, as a test. */
export interface ConformanceCase<Subject> {
  /** What is true of a plugin that passes; unique within its group. */
  readonly name: string;
  /** Where the contract says so: the member, and its words. */
  readonly contract: string;
  /** Throws when it is not so. */
  readonly run: (subject: Subject) => Promise<void>;
}

/** The cases of a suite, by the name of their group. */
export type CaseGroups<Subject> = Readonly<Record<string, readonly ConformanceCase<Subject>[]>>;

/** Cases with what they need to run. */
export interface Suite<Subject> {
  /** Which suite it is. */
  readonly id: "backend" | "entry-store" | "plugin" | "vault-auth";
  /** What is tested, in the words of whoever tests it. */
  readonly subject: string;
  readonly groups: CaseGroups<Subject>;
  /** Makes a fresh subject, runs one case on it, and ends what it opened. */
  readonly withSubject: (run: (subject: Subject) => Promise<void>) => Promise<void>;
  /** Throws when the harness gives nothing that a case could run on. Absent: it gives nothing. */
  readonly proveHarness?: () => Promise<void>;
}
