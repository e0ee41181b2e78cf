import { randomUUID } from "node:crypto";
import { changed } from "../support/changed-backend.ts";
import type { BrokenBackend } from "./broken-backend.ts";

export const pathOfClient: BrokenBackend = {
  /** Records something of the client, as the number of its connection. */
  wrap(inner) {
    const client = randomUUID();
    return changed(inner, { path: (name) => `${client}/${name}` });
  },
  fails: ["names: path: every client returns the same path for a name, also while the store is unavailable"],
};
