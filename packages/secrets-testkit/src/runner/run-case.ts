import { AssertionError } from "node:assert";
import type { CaseResult, CaseStatus } from "../report/conformance-report.ts";
import { CannotHappen, HarnessGap, NotDeclared } from "./case-ending.ts";
import type { ConformanceCase, Suite } from "./conformance-case.ts";
import { unhandledDuring } from "./unhandled-rejections.ts";

/** How long a case may take before it has failed, in milliseconds. */
export const CASE_TIMEOUT = 60_000;

/** How long a case may take that waits longer than the usual timeouts of client libraries. */
export const LONGEST_CASE_TIMEOUT = 2 * CASE_TIMEOUT;

/** The result of a case, and the error for the runner if it failed. */
export interface EndedCase {
  readonly result: CaseResult;
  readonly error?: unknown;
}

/** Runs one case on a subject of its own. Never throws. */
export async function runCase<Subject>(
  suite: Pick<Suite<Subject>, "withSubject" | "pluginErrors">,
  group: string,
  conformanceCase: ConformanceCase<Subject>,
): Promise<EndedCase> {
  const { name, contract, timeout = CASE_TIMEOUT } = conformanceCase;
  const identity = { group, name, contract };
  suite.pluginErrors?.clear();
  try {
    const unhandled = await unhandledDuring(() =>
      withinTime(timeout, suite.withSubject(conformanceCase.run)),
    );
    if (unhandled.length > 0) failByRejection(unhandled);
    return { result: { ...identity, status: "passed" } };
  } catch (error) {
    const status = statusOfEnding(error);
    if (status !== undefined) return { result: { ...identity, status, reason: (error as Error).message } };
    const complete = withContract(error, contract);
    const reason = complete.message;
    appendToMessage(complete, suite.pluginErrors?.describe());
    return { result: { ...identity, status: "failed", reason }, error: complete };
  }
}

/** The status of a case that did not run to its end. Undefined: it failed. */
function statusOfEnding(error: unknown): CaseStatus | undefined {
  if (error instanceof HarnessGap) return "gap";
  if (error instanceof CannotHappen) return "cannot-happen";
  return error instanceof NotDeclared ? "unsupported" : undefined;
}

/** Appends the place in the contract to the message of an error. */
function withContract(error: unknown, contract: string): Error {
  const place = `contract: ${contract}`;
  if (error instanceof AssertionError) {
    appendToMessage(error, place);
    // Node's setting for its own messages, which vitest prints as if it were a difference.
    delete (error as { diff?: unknown }).diff;
    return error;
  }
  const problem = error instanceof Error ? error.message : String(error);
  const message = `The case ended with an error that it does not expect: ${problem}`;
  return new Error(`${message}\n  ${place}`, { cause: error });
}

/** The reasons are not in the report: they are errors of the plugin, and not redacted. */
function failByRejection(reasons: readonly unknown[]): never {
  const kinds = reasons.map((reason) => (reason instanceof Error ? reason.name : typeof reason));
  const message = `expected: no promise to reject unhandled\n  came: ${reasons.length} of them did: ${kinds.join(", ")}`;
  throw Object.assign(new AssertionError({ message, stackStartFn: failByRejection }), { cause: reasons[0] });
}

function appendToMessage(error: Error, text: string | undefined): void {
  if (text === undefined) return;
  const { message, stack } = error;
  error.message = `${message}\n  ${text}`;
  // Some runners print the stack alone, which repeats the message as it was at first.
  if (stack !== undefined) error.stack = stack.replace(message, () => error.message);
}

async function withinTime(timeout: number, run: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(
      () => reject(new AssertionError({ message: `expected: the case to end within ${timeout} ms` })),
      timeout,
    );
  });
  try {
    await Promise.race([run, late]);
  } finally {
    clearTimeout(timer);
  }
}
