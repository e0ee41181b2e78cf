import type { BackendGroup } from "@archestra/secrets-testkit";

/** A mistake of an author, planted in the finished backend. */
export interface PlantedBug {
  /** The mistake, in one sentence. */
  readonly mistake: string;
  /** The file of `src` that it is in. */
  readonly file: string;
  /** The texts to replace, each of which occurs once in the file, or in another file, and what replaces them. */
  readonly changes: readonly (readonly [find: string, replace: string, otherFile?: string])[];
  /** The groups of the suite that concern it. */
  readonly groups: readonly BackendGroup[];
  /** Whether the suite of descriptors has the case. @default the suite of backends */
  readonly isOfDescriptor?: boolean;
  /** The name of the case that has to fail. Undefined: no case fails. */
  readonly caughtBy: string | undefined;
  /** Why no case fails. Absent: one does. */
  readonly notCaughtBecause?: string;
}
