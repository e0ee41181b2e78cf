import type {
  CallContext,
  Expectation,
  ListRange,
  SecretValue,
  StoredInfo,
  StoredSecret,
} from "@archestra/secrets-core/plugin";
import type { VaultStore } from "./vault-store.ts";

/** A store that passes each call on to another one, for a subclass that does more about some of them. */
export abstract class StoreAround implements VaultStore {
  readonly capabilities: VaultStore["capabilities"];
  protected readonly inner: VaultStore;

  constructor(inner: VaultStore) {
    this.inner = inner;
    this.capabilities = inner.capabilities;
  }

  get(name: string, context: CallContext): Promise<StoredSecret | undefined> {
    return this.inner.get(name, context);
  }

  has(name: string, context: CallContext): Promise<boolean> {
    return this.inner.has(name, context);
  }

  write(
    name: string,
    value: SecretValue,
    options: { readonly expect: Expectation },
    context: CallContext,
  ): Promise<StoredInfo> {
    return this.inner.write(name, value, options, context);
  }

  delete(
    name: string,
    options: { readonly expect: Extract<Expectation, "any" | object> },
    context: CallContext,
  ): Promise<boolean> {
    return this.inner.delete(name, options, context);
  }

  describe(names: AsyncIterable<string>, range: ListRange, context: CallContext): AsyncIterable<StoredInfo> {
    return this.inner.describe(names, range, context);
  }
}
