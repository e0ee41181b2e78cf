import { changed } from "../support/changed-backend.ts";
import type { WrapBackend } from "../support/remote-harness.ts";
import type { BrokenBackend } from "./broken-backend.ts";

/** Creates the manifest each time, from what it has found out until then. */
const wrap: WrapBackend = (inner) => {
  const backend = changed(inner, {});
  Object.defineProperty(backend, "capabilities", { get: () => ({ ...inner.capabilities }) });
  return backend;
};

export const capabilitiesChanging: BrokenBackend = {
  wrap,
  fails: ["capabilities: the capabilities are one frozen object of booleans"],
};
