import { changed } from "../support/changed-backend.ts";
import type { WrapBackend } from "../support/remote-harness.ts";
import type { BrokenBackend } from "./broken-backend.ts";

/** Puts the value, whether or not there is one. */
const wrap: WrapBackend = (inner) =>
  changed(inner, {
    write: (name, value, { expect }, context) =>
      inner.write(name, value, { expect: expect === "absent" ? "any" : expect }, context),
  });

export const createOverwrites: BrokenBackend = {
  wrap,
  fails: [
    "existence: create of a name that exists is ALREADY_EXISTS and changes nothing",
    "versions: a rejected write changes no version",
    "concurrency: of several creations of one name by two clients, one succeeds",
    "concurrency: of several creations of one name by one client, one succeeds",
    "errors: lost-answer: create does not succeed when another client created the secret with an equal value",
    "errors: hanging-answer: create does not succeed when another client created the secret with an equal value",
    "errors: damaged: create does not replace a secret that cannot be read",
    "errors: damaged: what another program stored and is no value is a damaged secret for every call",
  ],
};
