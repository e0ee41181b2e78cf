import type { SecretsBackend } from "../backend/backend.ts";

declare const product: unique symbol;

/** What plugins of one sort have in common: they make the same thing, and any of them fits a slot of their kind. */
export interface Kind<Product> {
  /** Identifies the kind across copies of this package. */
  readonly id: string;
  /** The versions of the contract that whoever opens a slot of this kind understands. */
  readonly contractVersions: readonly number[];
  readonly [product]?: () => Product;
}

/**
 * Declares a kind of plugins, such as the methods to authenticate with a store.
 *
 * @typeParam Product what the plugins of this kind create
 * @param id identifies the kind; two kinds of one id are the same
 * @param options `contractVersions`: what the slot's opener understands. @default [1]
 */
export function defineKind<Product>(
  id: string,
  options: { readonly contractVersions?: readonly number[] } = {},
): Kind<Product> {
  return Object.freeze({ id, contractVersions: Object.freeze([...(options.contractVersions ?? [1])]) });
}

/** The kind of the root slot: what `ARCHESTRA_SECRETS_MANAGER` chooses. */
export const backend: Kind<SecretsBackend> = defineKind<SecretsBackend>("backend");
