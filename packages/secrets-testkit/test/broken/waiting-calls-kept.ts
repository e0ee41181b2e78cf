import type { CallContext } from "@archestra/secrets-core/plugin";
import { changed } from "../support/changed-backend.ts";
import type { WrapBackend } from "../support/remote-harness.ts";
import type { BrokenBackend } from "./broken-backend.ts";

const PLACES = 16;

/** Lets reads wait for a place, and gives the place to calls that were aborted in the meantime, which do not pass it on. */
const wrap: WrapBackend = (inner) => {
  let taken = 0;
  const waiting: (() => void)[] = [];
  const takePlace = async ({ signal }: CallContext) => {
    while (taken >= PLACES) {
      await new Promise<void>((resolve, reject) => {
        waiting.push(resolve);
        signal.addEventListener("abort", () => reject(signal.reason), { once: true });
      });
    }
    taken++;
  };
  return changed(inner, {
    async get(name, context) {
      await takePlace(context);
      try {
        return await inner.get(name, context);
      } finally {
        taken--;
        waiting.shift()?.();
      }
    },
  });
};

export const waitingCallsKept: BrokenBackend = {
  wrap,
  fails: ["errors: timeout: a client whose calls were aborted at the same time serves as many"],
};
