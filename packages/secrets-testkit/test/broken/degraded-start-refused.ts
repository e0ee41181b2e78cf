import { SecretsError } from "@archestra/secrets-core/plugin";
import { changed } from "../support/changed-backend.ts";
import type { BrokenBackend } from "./broken-backend.ts";

/** Fails the start for credentials that the store refuses, also when another plugin keeps the ownership table. */
export const degradedStartRefused: BrokenBackend = {
  wrap: (inner) => changed(inner, {}),
  opening({ fault }) {
    if (fault !== "unauthenticated") return;
    throw new SecretsError("UNAUTHENTICATED", "The server refuses the token.");
  },
  fails: [
    "lifecycle: opening: beside an ownership table of another plugin, a start during unauthenticated succeeds",
  ],
};
