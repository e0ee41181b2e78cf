import { changed } from "../support/changed-backend.ts";
import type { WrapBackend } from "../support/remote-harness.ts";
import type { BrokenBackend } from "./broken-backend.ts";

const PAGE = 100;

/** Requests the next page ahead, and does not await it when the consumer stops. */
const wrap: WrapBackend = (inner) =>
  changed(inner, {
    async *list({ limit = Number.POSITIVE_INFINITY, ...range }, context) {
      const request = (after: string | undefined) =>
        Array.fromAsync(inner.list({ ...range, after, limit: PAGE }, context));
      let pending = request(range.after);
      for (let left = limit; left > 0; left -= PAGE) {
        const page = await pending;
        if (page.length === PAGE) pending = request(page.at(-1)?.name);
        yield* page.slice(0, left);
        if (page.length < PAGE) return;
      }
    },
  });

export const pageRequestedAhead: BrokenBackend = {
  wrap,
  fails: ["errors: a list that its consumer has left leaves no unhandled rejection when the store fails"],
};
