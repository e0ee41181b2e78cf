import type { WrapBackend } from "../support/remote-harness.ts";
import type { BrokenBackend } from "./broken-backend.ts";

/** Connects without a token when it cannot read the token. */
const wrap: WrapBackend = (inner, _store, _clock, login) => {
  const { token } = login;
  login.token = () => token().catch(() => "");
  return inner;
};

export const unreadableAsNone: BrokenBackend = {
  wrap,
  fails: [
    "lifecycle: open: a credential whose file is missing is INVALID_CONFIGURATION until it is there again",
  ],
};
