import { changed } from "../support/changed-backend.ts";
import type { WrapBackend } from "../support/remote-harness.ts";
import type { BrokenBackend } from "./broken-backend.ts";

/** Sends a change after the answer of the one before. */
const wrap: WrapBackend = (inner) => {
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <Result>(change: () => Promise<Result>): Promise<Result> => {
    const result = last.then(change);
    last = result.catch(() => undefined);
    return result;
  };
  return changed(inner, {
    write: (name, value, options, context) => inTurn(() => inner.write(name, value, options, context)),
    delete: (name, options, context) => inTurn(() => inner.delete(name, options, context)),
  });
};

export const changesInTurn: BrokenBackend = {
  wrap,
  fails: [
    "errors: hanging-answer: while a change hangs, a client that serves reads serves every other change",
  ],
};
