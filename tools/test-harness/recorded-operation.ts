/** What a client asked of one secret. Values are JSON texts, and every write of a history has a value of its own. */
export type Asked =
  | { readonly call: "create" | "set"; readonly value: string }
  | { readonly call: "update"; readonly value: string; readonly ifVersion?: string | undefined }
  | {
      /** An update by a function. */
      readonly call: "updateBy";
      readonly ifVersion?: string | undefined;
      /** What the function saw and gave when it ran for the last time. Absent: it never ran. */
      readonly lastRun?: { readonly saw: string; readonly gave: string } | undefined;
    }
  | {
      readonly call: "refresh";
      /** What the function of this very call saw and gave. Absent: it never ran, and the call is a read. */
      readonly lastRun?: { readonly saw: string; readonly gave: string } | undefined;
    }
  | { readonly call: "delete"; readonly ifVersion?: string | undefined }
  | { readonly call: "get" | "has" };

/** A secret as a reader sees it. */
export interface SeenSecret {
  readonly version: string;
  /** As JSON text. */
  readonly value: string;
}

/** What came back. */
export type Answer =
  | { readonly is: "written"; readonly version: string }
  /** Of a refresh whose own function ran: what was stored. Without a version: it was not read back in time. */
  | { readonly is: "refreshed"; readonly value: string; readonly version: string | undefined }
  /** Of a deletion: whether there was one. */
  | { readonly is: "deleted"; readonly existed: boolean }
  | { readonly is: "read"; readonly secret: SeenSecret | undefined }
  | { readonly is: "asked"; readonly exists: boolean }
  | { readonly is: "refused"; readonly code: "ALREADY_EXISTS" | "NOT_FOUND" | "CONFLICT" }
  /** Refused because of a change that somebody else is in the middle of: whatever the secret is, nothing happened. */
  | { readonly is: "in transition" }
  /** The call failed with this code, which promises that nothing happened and nothing will. */
  | { readonly is: "nothing"; readonly code: string }
  /** It may have happened at any time from the call on, or never. */
  | { readonly is: "unknown" };

/** One call on one secret. The times come from one counter that grows at every call and every return. */
export interface RecordedOperation {
  /** Who called. */
  readonly client: string;
  readonly calledAt: number;
  readonly returnedAt: number;
  readonly asked: Asked;
  readonly answer: Answer;
}

/** Gives versions short names, `v1` for the first that is asked for: the same name is the same version. */
export class VersionNames {
  readonly #names = new Map<string, string>();

  of(version: string): string {
    const name = this.#names.get(version) ?? `v${this.#names.size + 1}`;
    this.#names.set(version, name);
    return name;
  }
}

/** The operations in the order of their calls, a line each, for a person. */
export function describeHistory(
  operations: readonly RecordedOperation[],
  names = new VersionNames(),
): string[] {
  return [...operations]
    .sort((one, other) => one.calledAt - other.calledAt)
    .map((operation) => `  ${describeOperation(operation, names)}`);
}

/** One operation in one line. */
export function describeOperation(operation: RecordedOperation, versions: VersionNames): string {
  const { client, calledAt, returnedAt, asked, answer } = operation;
  const time = `${String(calledAt).padStart(3)} to ${String(returnedAt).padStart(3)}`;
  return `${time}, ${client}: ${describeAsked(asked, versions)} -> ${describeAnswer(answer, versions)}`;
}

function describeAsked(asked: Asked, versions: VersionNames): string {
  const condition =
    "ifVersion" in asked && asked.ifVersion !== undefined ? ` if ${versions.of(asked.ifVersion)}` : "";
  switch (asked.call) {
    case "create":
    case "set":
    case "update":
      return `${asked.call} ${asked.value}${condition}`;
    case "updateBy": {
      const { lastRun } = asked;
      const run =
        lastRun === undefined ? "that did not run" : `that made ${lastRun.gave} from ${lastRun.saw}`;
      return `update by a function ${run}${condition}`;
    }
    case "refresh": {
      const { lastRun } = asked;
      return lastRun === undefined ? "refresh" : `refresh that made ${lastRun.gave} from ${lastRun.saw}`;
    }
    default:
      return `${asked.call}${condition}`;
  }
}

function describeAnswer(answer: Answer, versions: VersionNames): string {
  switch (answer.is) {
    case "written":
      return versions.of(answer.version);
    case "deleted":
      return String(answer.existed);
    case "asked":
      return String(answer.exists);
    case "refreshed":
      return describeSecret({ ...answer, version: answer.version ?? "no version" }, versions);
    case "read":
      return answer.secret === undefined ? "absent" : describeSecret(answer.secret, versions);
    case "refused":
    case "nothing":
      return answer.code;
    case "in transition":
    case "unknown":
      return answer.is;
  }
}

/** A secret in words. */
export function describeSecret({ version, value }: SeenSecret, versions: VersionNames): string {
  return `${versions.of(version)} ${value}`;
}
