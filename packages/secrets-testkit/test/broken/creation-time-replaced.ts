import { changed } from "../support/changed-backend.ts";
import type { WrapBackend } from "../support/remote-harness.ts";
import type { BrokenBackend } from "./broken-backend.ts";

/** Sets the time of creation with every write, so that it is the time of the last one. */
const wrap: WrapBackend = (inner) =>
  changed(inner, {
    async get(name, context) {
      const secret = await inner.get(name, context);
      return secret && { ...secret, ...(secret.updatedAt && { createdAt: secret.updatedAt }) };
    },
    async write(name, value, options, context) {
      const info = await inner.write(name, value, options, context);
      return { ...info, ...(info.updatedAt && { createdAt: info.updatedAt }) };
    },
    async *list(range, context) {
      for await (const info of inner.list(range, context)) {
        yield { ...info, ...(info.updatedAt && { createdAt: info.updatedAt }) };
      }
    },
  });

export const creationTimeReplaced: BrokenBackend = {
  wrap,
  fails: ["versions: the returned times agree, and change only with writes"],
};
