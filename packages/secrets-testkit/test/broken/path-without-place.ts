import { changed } from "../support/changed-backend.ts";
import type { BrokenBackend } from "./broken-backend.ts";

export const pathWithoutPlace: BrokenBackend = {
  /** Records the name without the place of the store. */
  wrap: (inner) => changed(inner, { path: (name) => name }),
  fails: ["names: path: the same name has different paths in two stores"],
};
