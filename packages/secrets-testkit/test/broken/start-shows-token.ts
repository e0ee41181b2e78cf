import type { WrapBackend } from "../support/remote-harness.ts";
import type { BrokenBackend } from "./broken-backend.ts";

const PATIENCE = 500;

/** Warns at the start when the store does not serve it, with the token that it used. */
const wrap: WrapBackend = async (inner, _store, _clock, login) => {
  const token = await login.token();
  const context = {
    signal: AbortSignal.timeout(PATIENCE),
    deadline: Date.now() + PATIENCE,
    reserve: 0,
    logger: { warn: () => {} },
  };
  await inner.check({ count: false }, context).catch(() => {
    process.emitWarning(`The server does not accept the token ${token}.`);
  });
  return inner;
};

export const startShowsToken: BrokenBackend = {
  wrap,
  fails: [
    "redaction: a start during unauthenticated shows no secret setting",
    "redaction: a start during unavailable shows no secret setting",
    "redaction: a start during nonsense shows no secret setting",
  ],
};
