import type { WrapBackend } from "../support/remote-harness.ts";
import type { BrokenBackend } from "./broken-backend.ts";

/** Reads its token at the start only. */
const wrap: WrapBackend = (inner, _store, _clock, login) => {
  const token = login.token();
  login.token = () => token;
  return inner;
};

export const liveReadOnce: BrokenBackend = {
  wrap,
  fails: [
    "lifecycle: open: a client continues with a credential that was replaced in its file",
    "lifecycle: open: a credential whose file is missing is INVALID_CONFIGURATION until it is there again",
  ],
};
