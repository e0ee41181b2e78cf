/** Ends a case that requires more of the harness. */
export class HarnessGap extends Error {
  /** @param missing the missing part of the harness */
  constructor(missing: string) {
    super(missing);
    this.name = "HarnessGap";
  }
}

/** Ends a case about a capability that the plugin does not declare. */
export class NotDeclared extends Error {
  /** @param capability the undeclared capability */
  constructor(capability: string) {
    super(capability);
    this.name = "NotDeclared";
  }
}
