import { AsyncLocalStorage } from "node:async_hooks";
import { type Context, context } from "@opentelemetry/api";

/** Ends a scope of Node 26. */
interface Scope {
  [Symbol.dispose](): void;
}

/**
 * The active context of OpenTelemetry as a store that a channel can be bound to. It stores nothing itself: the storage of the
 * context manager is private, and an application may have another manager.
 */
export class ActiveContext extends AsyncLocalStorage<Context> {
  /** Node calls it for a channel up to version 25. */
  override run<Result, Parameters extends unknown[]>(
    active: Context,
    work: (...parameters: Parameters) => Result,
    ...parameters: Parameters
  ): Result {
    return context.with(active, () => work(...parameters));
  }

  /** Node calls it for a channel since version 26. Without `attach`, which API 1.10 has, no span becomes active. */
  withScope(active: Context): Scope {
    const token = (context as Partial<typeof context>).attach?.(active);
    return { [Symbol.dispose]: () => token?.dispose() };
  }
}
