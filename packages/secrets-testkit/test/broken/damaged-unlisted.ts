import { isSecretName } from "@archestra/secrets-core/plugin";
import { changed } from "../support/changed-backend.ts";
import { isDamaged } from "../support/damaged-value.ts";
import type { WrapBackend } from "../support/remote-harness.ts";
import type { BrokenBackend } from "./broken-backend.ts";

/** Leaves out of the list what cannot be read. */
const wrap: WrapBackend = (inner) =>
  changed(inner, {
    async *list(range, context) {
      for await (const info of inner.list(range, context))
        if (!isSecretName(info.name) || !(await isDamaged(inner, info.name, context))) yield info;
    },
  });

export const damagedUnlisted: BrokenBackend = {
  wrap,
  fails: ["listing: a secret that cannot be read is listed with the others"],
};
