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
    "errors: nonsense: create does not succeed when another client created the secret with an equal value",
    "errors: nonsense: create claims nothing",
    "errors: nonsense: set claims nothing",
    "errors: nonsense: update claims nothing",
    "errors: nonsense: update with a function claims nothing",
    "errors: nonsense: delete claims nothing",
    "errors: nonsense: get claims nothing",
    "errors: nonsense: getMany claims nothing",
    "errors: nonsense: has claims nothing",
    "errors: nonsense: list claims nothing",
    "errors: nonsense: check claims nothing",
  ],
};
