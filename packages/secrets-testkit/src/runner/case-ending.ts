/** Ends a case that the harness does not let the suite run. */
export class HarnessGap extends Error {
  /** @param missing what the harness lacks */
  constructor(missing: string) {
    super(missing);
    this.name = "HarnessGap";
  }
}

/** Ends a case about something that the plugin says it does not do. */
export class NotDeclared extends Error {
  /** @param what what it does not declare */
  constructor(what: string) {
    super(what);
    this.name = "NotDeclared";
  }
}
