import { changed } from "../support/changed-backend.ts";
import type { WrapBackend } from "../support/remote-harness.ts";
import type { BrokenBackend } from "./broken-backend.ts";

/** Returns times in a form that cannot be parsed. */
const wrap: WrapBackend = (inner) =>
  changed(inner, {
    async get(name, context) {
      const secret = await inner.get(name, context);
      return secret && { ...secret, updatedAt: new Date("yesterday") };
    },
  });

export const timeInvalid: BrokenBackend = {
  wrap,
  fails: ["versions: the returned times agree, and change only with writes"],
};
