import { isSecretsError } from "@archestra/secrets-core/plugin";
import { changed } from "../support/changed-backend.ts";
import type { WrapBackend } from "../support/remote-harness.ts";
import { NONSENSE } from "../support/remote-memory.ts";
import type { BrokenBackend } from "./broken-backend.ts";

/** Looks for what it needs in whatever came, finds none of it, and does not ask why. */
const wrap: WrapBackend = (inner) =>
  changed(inner, {
    get: (name, context) => inner.get(name, context).catch(insteadOfNonsense(undefined)),
    write: (name, value, options, context) =>
      inner.write(name, value, options, context).catch(insteadOfNonsense({ name, version: "none" })),
    delete: (name, options, context) => inner.delete(name, options, context).catch(insteadOfNonsense(false)),
    async *list(range, context) {
      try {
        yield* inner.list(range, context);
      } catch (error) {
        insteadOfNonsense(undefined)(error);
      }
    },
    check: (options, context) =>
      inner.check(options, context).catch(insteadOfNonsense({ status: "healthy" as const, problems: [] })),
  });

function insteadOfNonsense<Answer>(answer: Answer): (error: unknown) => Answer {
  return (error) => {
    const cause = isSecretsError(error) ? error.cause : error;
    if ((cause as { status?: unknown } | undefined)?.status === NONSENSE) return answer;
    throw error;
  };
}

export const nonsenseAsAnswer: BrokenBackend = {
  wrap,
  fails: [
    "create",
    "set",
    "update",
    "update with a function",
    "delete",
    "get",
    "getMany",
    "has",
    "list",
    "check",
  ].map((operation) => `errors: nonsense: ${operation} claims nothing`),
};
