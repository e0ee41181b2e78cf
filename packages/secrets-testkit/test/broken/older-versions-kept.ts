import { changed } from "../support/changed-backend.ts";
import type { WrapBackend } from "../support/remote-harness.ts";
import type { BrokenBackend } from "./broken-backend.ts";

/** Marks a secret as deleted and leaves its value in the store. */
const wrap: WrapBackend = (inner, store) =>
  changed(inner, {
    async delete(name, options, context) {
      const row = store.find(name);
      const isDeleted = await inner.delete(name, options, context);
      if (isDeleted && row !== undefined) {
        store.insert(name, { manager: "TRASH", state: "deleting" }, row.value);
      }
      return isDeleted;
    },
    async write(name, value, options, context) {
      if (store.find(name)?.manager === "TRASH") store.remove(name);
      return inner.write(name, value, options, context);
    },
  });

export const olderVersionsKept: BrokenBackend = {
  wrap,
  fails: ["existence: a deleted secret leaves nothing in the store"],
};
