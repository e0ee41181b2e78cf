import type { SecretsBackend } from "@archestra/secrets-core/plugin";
import { changed } from "../support/changed-backend.ts";
import type { BrokenBackend } from "./broken-backend.ts";

/** Reports its end to the store in `close`, and waits for the answer, if every call before was answered. */
function wrap(inner: SecretsBackend): SecretsBackend {
  let unanswered = 0;
  const counted = async <Answer>(call: () => Promise<Answer>): Promise<Answer> => {
    unanswered++;
    const answer = await call();
    unanswered--;
    return answer;
  };
  return changed(inner, {
    get: (name, context) => counted(() => inner.get(name, context)),
    write: (name, value, options, context) => counted(() => inner.write(name, value, options, context)),
    delete: (name, options, context) => counted(() => inner.delete(name, options, context)),
    check: (options, context) => counted(() => inner.check(options, context)),
    async *list(range, context) {
      const entries = inner.list(range, context)[Symbol.asyncIterator]();
      for (;;) {
        const { done, value } = await counted(() => entries.next());
        if (done) return;
        yield value;
      }
    },
    async close() {
      const { signal } = new AbortController();
      const context = { signal, deadline: Number.POSITIVE_INFINITY, reserve: 0, logger: { warn() {} } };
      if (unanswered === 0) await inner.check({ count: false }, context).catch(() => undefined);
      await inner.close();
    },
  });
}

export const closeAsksStore: BrokenBackend = {
  wrap,
  fails: ["lifecycle: closing: close ends while the store does not respond"],
};
