/** Ends a case that requires more of the harness. */
export class HarnessGap extends Error {
  /** @param missing the missing part of the harness */
  constructor(missing: string) {
    super(missing);
    this.name = "HarnessGap";
  }
}

/** Ends a case about a fault that cannot happen to the store. */
export class CannotHappen extends Error {
  /** @param reason why, in the words of the harness */
  constructor(reason: string) {
    super(reason);
    this.name = "CannotHappen";
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
