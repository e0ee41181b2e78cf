import type { ReferenceChange } from "./reference-store.ts";

/** What is compared of a row. Undefined is absent. */
type Compared = Pick<ReferenceChange, "manager" | "state"> & {
  readonly [Key in "operationId" | "path" | "copy"]?: ReferenceChange[Key] | undefined;
};

/** Whether two rows of one name say the same: nothing happened between two looks, or a change was made. */
export function isSameReference(one: Compared, other: Compared): boolean {
  return (
    one.manager === other.manager &&
    one.state === other.state &&
    one.operationId === other.operationId &&
    one.path === other.path &&
    one.copy?.manager === other.copy?.manager &&
    one.copy?.version === other.copy?.version &&
    one.copy?.path === other.copy?.path
  );
}
