import type { SecretsBackend } from "@archestra/secrets-core/plugin";

/** A backend with some members replaced; every other one is the original's. */
export function changed(inner: SecretsBackend, members: Partial<SecretsBackend>): SecretsBackend {
  return {
    capabilities: inner.capabilities,
    get: (name, context) => inner.get(name, context),
    write: (name, value, options, context) => inner.write(name, value, options, context),
    delete: (name, options, context) => inner.delete(name, options, context),
    list: (range, context) => inner.list(range, context),
    check: (options, context) => inner.check(options, context),
    close: () => inner.close(),
    classify: (error) => inner.classify?.(error),
    ...(inner.path === undefined ? {} : { path: (name) => inner.path?.(name) ?? "" }),
    ...(inner.ownership === undefined ? {} : { ownership: inner.ownership }),
    ...members,
  };
}
