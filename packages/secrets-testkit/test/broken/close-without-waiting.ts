import type { MemoryStore } from "@archestra/secrets-core/memory";
import type { SecretValue } from "@archestra/secrets-core/plugin";
import { changed } from "../support/changed-backend.ts";
import type { WrapBackend } from "../support/remote-harness.ts";
import type { BrokenBackend } from "./broken-backend.ts";

/** What some client has replaced and not yet sent, by store. */
const unsent = new WeakMap<MemoryStore, Map<string, SecretValue>>();

/**
 * Keeps what replaces a secret until close, which sends it and does not wait. Clients share what is kept as long as they
 * are open, so only what comes after close can tell.
 */
const wrap: WrapBackend = (inner, store) => {
  const kept = unsent.get(store) ?? new Map<string, SecretValue>();
  unsent.set(store, kept);
  return changed(inner, {
    async get(name, context) {
      const secret = await inner.get(name, context);
      const value = kept.get(name);
      return secret === undefined || value === undefined ? secret : { ...secret, value };
    },
    async write(name, value, options, context) {
      const current = options.expect === "absent" ? undefined : store.find(name);
      if (options.expect !== "any" || current === undefined) {
        const info = await inner.write(name, value, options, context);
        kept.delete(name);
        return info;
      }
      // The new version is sent at once; the new value is not.
      const info = await inner.write(name, store.find(name)?.value ?? value, options, context);
      kept.set(name, value);
      return info;
    },
    async delete(name, options, context) {
      const isDeleted = await inner.delete(name, options, context);
      if (isDeleted) kept.delete(name);
      return isDeleted;
    },
    async close() {
      const sent = [...kept];
      kept.clear();
      setTimeout(() => {
        for (const [name, value] of sent) {
          const row = store.find(name);
          if (row !== undefined) store.replace(row, { value });
        }
      }, 20);
      await inner.close();
    },
  });
};

export const closeWithoutWaiting: BrokenBackend = {
  wrap,
  fails: [
    "lifecycle: closing: set in progress ends before close does",
    "lifecycle: closed: written secrets are present for the next client",
  ],
};
