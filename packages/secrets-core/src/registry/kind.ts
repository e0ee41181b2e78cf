import type { SecretsBackend } from "../backend/backend.ts";

declare const product: unique symbol;

/** A kind of plugins. All plugins of a kind create the same product and fit the slots of the kind. */
export interface Kind<Product> {
  /** Identifies the kind across copies of this package. */
  readonly id: string;
  /** The versions of the contract that the opener of a slot supports. */
  readonly contractVersions: readonly number[];
  /** The methods that each product has. Absent: none is required. */
  readonly methods?: readonly string[];
  /** Carries the type of the product. It has no value. */
  readonly [product]?: () => Product;
}

/**
 * Declares a kind of plugins, such as the methods to authenticate with a store.
 *
 * @typeParam Product the product of the plugins of this kind
 * @param id identifies the kind: two kinds with the same id are the same kind
 * @param options `contractVersions`: the versions of the contract that the slot's opener supports. @default [1]. `methods`: the
 * methods that each product must have. A plugin whose product lacks one fails its start, with an error that names it.
 * @default none
 * @example
 * export const vaultAuth = defineKind<VaultAuthMethod>("vault-auth", { methods: ["login"] });
 */
export function defineKind<Product>(
  id: string,
  options: { readonly contractVersions?: readonly number[]; readonly methods?: readonly string[] } = {},
): Kind<Product> {
  const { contractVersions = [1], methods } = options;
  return Object.freeze({
    id,
    contractVersions: Object.freeze([...contractVersions]),
    ...(methods === undefined ? {} : { methods: Object.freeze([...methods]) }),
  });
}

/** The kind of the root slot, which `ARCHESTRA_SECRETS_MANAGER` selects from. */
export const backend: Kind<SecretsBackend> = defineKind<SecretsBackend>("backend");
