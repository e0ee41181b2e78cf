import { changed } from "../support/changed-backend.ts";
import type { WrapBackend } from "../support/remote-harness.ts";
import type { BrokenBackend } from "./broken-backend.ts";

/** Returns the time of its own clock from updates, which differs from that of the store. */
const wrap: WrapBackend = (inner) =>
  changed(inner, {
    async write(name, value, options, context) {
      const info = await inner.write(name, value, options, context);
      if (options.expect !== "present") return info;
      return { ...info, updatedAt: new Date(Number(info.updatedAt) - 1_000) };
    },
  });

export const timeOfClientReturned: BrokenBackend = {
  wrap,
  fails: ["versions: update returns the version and the times that another client reads"],
};
