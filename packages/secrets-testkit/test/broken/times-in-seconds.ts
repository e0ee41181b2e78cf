import { changed } from "../support/changed-backend.ts";
import type { WrapBackend } from "../support/remote-harness.ts";
import type { BrokenBackend } from "./broken-backend.ts";

const inSeconds = <Info extends { readonly createdAt?: Date; readonly updatedAt?: Date }>(
  info: Info,
): Info => ({
  ...info,
  createdAt: new Date(Math.floor(Number(info.createdAt) / 1_000)),
  updatedAt: new Date(Math.floor(Number(info.updatedAt) / 1_000)),
});

/** Stores times in seconds, and takes them for milliseconds. */
const wrap: WrapBackend = (inner) =>
  changed(inner, {
    async get(name, context) {
      const secret = await inner.get(name, context);
      return secret && inSeconds(secret);
    },
    write: async (name, value, options, context) =>
      inSeconds(await inner.write(name, value, options, context)),
    async *list(range, context) {
      for await (const info of inner.list(range, context)) yield inSeconds(info);
    },
  });

export const timesInSeconds: BrokenBackend = {
  wrap,
  fails: ["versions: the returned times agree, and change only with writes"],
};
