/**
 * What a backend can do. One frozen object that the manager, the conformance suite and the docs read: what is declared
 * behaves, what is not declared is UNSUPPORTED.
 */
export interface Capabilities {
  /** Whether `get`, `write` and `list` tell a secret's version. */
  readonly versions: boolean;
  /**
   * Whether `write` and `delete` can be made to happen only when the secret has a given version. Without it, `ifVersion`
   * is UNSUPPORTED and `update` with a function is serialised within the process only. So is `create`: of two processes
   * that create one name at the same time, both may be told that they did, and the value of one is lost.
   */
  readonly conditionalWrites: boolean;
  /** Whether `list` works. */
  readonly list: boolean;
}
