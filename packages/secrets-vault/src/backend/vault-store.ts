import type {
  CallContext,
  Capabilities,
  ListRange,
  SecretsBackend,
  StoredInfo,
} from "@archestra/secrets-core/plugin";

/** What the two versions of Vault's KV engine have in common: the part of a backend in which they differ. */
export interface VaultStore extends Pick<SecretsBackend, "get" | "write" | "delete"> {
  readonly capabilities: Capabilities;
  /** Whether there is such a secret, by the node that leads: what lags behind proves nothing. */
  has(name: string, context: CallContext): Promise<boolean>;
  /** What `list` gives of these names, of those that are secrets, in the same order. */
  describe(names: AsyncIterable<string>, range: ListRange, context: CallContext): AsyncIterable<StoredInfo>;
}
