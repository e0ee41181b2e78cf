import { setImmediate as nextTurn } from "node:timers/promises";
import { secretChanged, secretNotFound } from "@archestra/secrets-core/plugin";
import { changed } from "../support/changed-backend.ts";
import type { WrapBackend } from "../support/remote-harness.ts";
import type { BrokenBackend } from "./broken-backend.ts";

/** Compares the version by a read of its own, and then writes whatever is there: two writers can both find it right. */
const wrap: WrapBackend = (inner) =>
  changed(inner, {
    async write(name, value, { expect }, context) {
      if (typeof expect !== "object") return inner.write(name, value, { expect }, context);
      const current = await inner.get(name, context);
      if (current === undefined) throw secretNotFound();
      if (current.version !== expect.version) throw secretChanged();
      await nextTurn();
      return inner.write(name, value, { expect: "present" }, context);
    },
  });

export const lostUpdate: BrokenBackend = {
  wrap,
  fails: [
    "concurrency: of several writes under one version by two clients, one succeeds",
    "concurrency: no update by a function of two clients is lost",
  ],
};
