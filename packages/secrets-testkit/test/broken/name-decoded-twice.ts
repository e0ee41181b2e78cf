import { changed } from "../support/changed-backend.ts";
import type { WrapBackend } from "../support/remote-harness.ts";
import type { BrokenBackend } from "./broken-backend.ts";

/** Encodes a name once and lets it be decoded twice on its way, as a proxy and a server do. */
const wrap: WrapBackend = (inner) =>
  changed(inner, {
    get: (name, context) => inner.get(decoded(name), context),
    write: (name, value, options, context) => inner.write(decoded(name), value, options, context),
    delete: (name, options, context) => inner.delete(decoded(name), options, context),
  });

function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

export const nameDecodedTwice: BrokenBackend = {
  wrap,
  fails: ["names: percent signs are not decoded, once or twice"],
};
