import { changed } from "../support/changed-backend.ts";
import { isDamaged } from "../support/damaged-value.ts";
import type { WrapBackend } from "../support/remote-harness.ts";
import type { BrokenBackend } from "./broken-backend.ts";

/** Takes a secret that cannot be read for none when it creates one. */
const wrap: WrapBackend = (inner) =>
  changed(inner, {
    async write(name, value, { expect }, context) {
      const isFree = expect === "absent" && (await isDamaged(inner, name, context));
      return inner.write(name, value, { expect: isFree ? "any" : expect }, context);
    },
  });

export const damagedOverwritten: BrokenBackend = {
  wrap,
  fails: [
    "errors: damaged: create does not replace a secret that cannot be read",
    "errors: damaged: what another program stored and is no value is a damaged secret for every call",
  ],
};
