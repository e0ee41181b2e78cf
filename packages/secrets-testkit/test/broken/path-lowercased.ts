import { changed } from "../support/changed-backend.ts";
import type { BrokenBackend } from "./broken-backend.ts";

export const pathLowercased: BrokenBackend = {
  /** Records paths in lower case. */
  wrap: (inner) => changed(inner, { path: (name) => inner.path?.(name).toLowerCase() ?? "" }),
  fails: ["names: path: different names have different paths"],
};
