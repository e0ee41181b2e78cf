import { changed } from "../support/changed-backend.ts";
import type { WrapBackend } from "../support/remote-harness.ts";
import type { BrokenBackend } from "./broken-backend.ts";

/** Gives up a read after a while and says that there is nothing. A healthy store is in memory and answers before any timer. */
const wrap: WrapBackend = (inner) =>
  changed(inner, {
    get(name, context) {
      const ours = AbortSignal.any([context.signal, AbortSignal.timeout(1)]);
      return inner.get(name, { ...contextOf(context), signal: ours }).catch((error: unknown) => {
        if (ours.aborted) return undefined;
        throw error;
      });
    },
  });

/** Its members are accessors, which spreading leaves behind. */
function contextOf<Context extends { deadline: number; reserve: number; logger: unknown }>({
  deadline,
  reserve,
  logger,
}: Context) {
  return { deadline, reserve, logger } as Pick<Context, "deadline" | "reserve" | "logger">;
}

export const timeoutAsAbsence: BrokenBackend = {
  wrap,
  fails: [
    "lifecycle: aborted: the backend ends get while the store does not respond",
    "lifecycle: late: update with a function ends with TIMEOUT or OUTCOME_UNKNOWN",
    "lifecycle: late: get ends with TIMEOUT",
    "lifecycle: late: getMany ends with TIMEOUT",
    "lifecycle: late: has ends with TIMEOUT",
    "errors: timeout: after a hung call of any kind, the same client answers every call with its own answer",
    "errors: timeout: no call claims a result after half a minute without an answer",
  ],
};
