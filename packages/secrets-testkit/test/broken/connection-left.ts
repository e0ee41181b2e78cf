import { changed } from "../support/changed-backend.ts";
import type { BrokenBackend } from "./broken-backend.ts";

/** Stops its work in `close`, and keeps its connection. */
export const connectionLeft: BrokenBackend = {
  wrap: (inner) => changed(inner, { close: async () => {} }),
  fails: ["lifecycle: closed: the server has no connection of the client left"],
};
