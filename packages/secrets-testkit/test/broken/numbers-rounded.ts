import { changed } from "../support/changed-backend.ts";
import type { WrapBackend } from "../support/remote-harness.ts";
import type { BrokenBackend } from "./broken-backend.ts";

/** Keeps texts, and gives what JSON.parse makes of them whatever is asked. */
const wrap: WrapBackend = (inner) =>
  changed(inner, {
    async get(name, context) {
      const secret = await inner.get(name, context);
      const text: unknown = secret?.value;
      return secret && typeof text === "string" && text.startsWith('{"number"')
        ? { ...secret, value: JSON.parse(text) }
        : secret;
    },
  });

export const numbersRounded: BrokenBackend = {
  wrap,
  fails: [
    "values: a number that JavaScript would round is rejected when the value will be written to another store",
  ],
};
