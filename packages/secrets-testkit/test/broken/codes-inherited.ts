import type { SecretsErrorCode } from "@archestra/secrets-core/plugin";
import { changed } from "../support/changed-backend.ts";
import type { BrokenBackend } from "./broken-backend.ts";

const codes: Readonly<Record<string, SecretsErrorCode>> = { ECONNRESET: "UNAVAILABLE" };

/** Looks the code of an error up in an object, and finds what every object inherits. */
export const codesInherited: BrokenBackend = {
  wrap: (inner) =>
    changed(inner, {
      classify: (error) =>
        inner.classify?.(error) ?? codes[(error as NodeJS.ErrnoException | undefined | null)?.code ?? ""],
    }),
  fails: ["errors: an unknown error is not classified as a known one"],
};
