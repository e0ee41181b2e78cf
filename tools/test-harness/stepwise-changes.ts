/** What changes in steps need of a `SecretsManager`, from whichever copy of the package. */
interface StepwiseManager {
  get(name: string): Promise<{ readonly version?: string } | undefined>;
  create(name: string, value: { token: string }): Promise<unknown>;
  set(name: string, value: { token: string }): Promise<unknown>;
  update(
    name: string,
    value: { token: string } | (() => { token: string }),
    options?: { readonly ifVersion?: string | undefined },
  ): Promise<unknown>;
  delete(name: string, options?: { readonly ifVersion?: string | undefined }): Promise<boolean>;
}

/** A change of the secret `a` that takes several steps, and what a process may be killed in the middle of. */
export interface StepwiseChange<Manager, Id extends string> {
  readonly what: string;
  /** Who has the secret before. Absent: there is none. */
  readonly owner?: Id;
  /** A copy is left at the other manager. */
  readonly copied?: boolean;
  readonly run: (manager: Manager) => Promise<unknown>;
  /** What may be read afterwards; undefined is absence. */
  readonly allowed: readonly (object | undefined)[];
}

/** The two managers that may own the secret, and the functions that move it. */
export interface StepwiseChangesOptions<Manager, Id extends string> {
  readonly managers: readonly [Id, Id];
  readonly migrate: (manager: Manager, options: { readonly to: Id }) => Promise<unknown>;
  readonly finalize: (manager: Manager) => Promise<unknown>;
}

/** The value before, and the one that changes leave. */
export const before = Object.freeze({ token: "old" });
export const after = Object.freeze({ token: "new" });

/** Every change that takes steps, with each owner, and with and without a copy at the other manager. */
export function stepwiseChanges<Manager extends StepwiseManager, Id extends string>(
  options: StepwiseChangesOptions<Manager, Id>,
): readonly StepwiseChange<Manager, Id>[] {
  const [one, other] = options.managers;
  return [
    { what: "create", run: (manager) => manager.create("a", after), allowed: [undefined, after] },
    { what: "set of nothing", run: (manager) => manager.set("a", after), allowed: [undefined, after] },
    ...changesOf(one, other, options),
    ...changesOf(other, one, options),
  ];
}

function changesOf<Manager extends StepwiseManager, Id extends string>(
  owner: Id,
  other: Id,
  { migrate, finalize }: StepwiseChangesOptions<Manager, Id>,
): StepwiseChange<Manager, Id>[] {
  return [false, true].flatMap((copied) => {
    const changes: Omit<StepwiseChange<Manager, Id>, "owner" | "copied">[] = [
      { what: "set", run: (m) => m.set("a", after), allowed: [before, after] },
      { what: "update", run: (m) => m.update("a", after), allowed: [before, after] },
      { what: "update by a function", run: (m) => m.update("a", () => after), allowed: [before, after] },
      {
        what: "update of a version",
        run: async (m) => m.update("a", after, { ifVersion: (await m.get("a"))?.version }),
        allowed: [before, after],
      },
      { what: "delete", run: (m) => m.delete("a"), allowed: [before, undefined] },
      {
        what: "delete of a version",
        run: async (m) => m.delete("a", { ifVersion: (await m.get("a"))?.version }),
        allowed: [before, undefined],
      },
      { what: "migrate", run: (m) => migrate(m, { to: other }), allowed: [before] },
    ];
    if (copied) changes.push({ what: "finalize", run: finalize, allowed: [before] });
    return changes.map((change) => ({
      ...change,
      what: `${change.what} of ${owner}${copied ? ", moved there before" : ""}`,
      owner,
      copied,
    }));
  });
}
