import type { MemoryStore } from "@archestra/secrets-core/memory";
import { changed } from "../support/changed-backend.ts";
import type { WrapBackend } from "../support/remote-harness.ts";
import type { BrokenBackend } from "./broken-backend.ts";

const writtenNames = new WeakMap<MemoryStore, Set<string>>();

/** `has` looks for what it wrote beside the value, as a version. */
const wrap: WrapBackend = (inner, store) => {
  const written = writtenNames.get(store) ?? new Set();
  writtenNames.set(store, written);
  return changed(inner, {
    async has(name, context) {
      return (await inner.get(name, context)) !== undefined && written.has(name);
    },
    write(name, value, options, context) {
      written.add(name);
      return inner.write(name, value, options, context);
    },
    async delete(name, options, context) {
      const isDeleted = await inner.delete(name, options, context);
      written.delete(name);
      return isDeleted;
    },
  });
};

export const foreignSecretsUnseen: BrokenBackend = {
  wrap,
  fails: ["errors: damaged: what another program stored and is no value is a damaged secret for every call"],
};
