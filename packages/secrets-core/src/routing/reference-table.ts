import type { ListRange } from "../backend/backend.ts";
import type { OperationContext } from "../backend/operation-context.ts";
import type {
  FoundReference,
  ListedReference,
  Reference,
  ReferenceChange,
  ReferenceExpectation,
  ReferenceResult,
  ReferenceStore,
} from "../backend/reference-store.ts";
import { SecretsError } from "../errors/secrets-error.ts";
import type { Owner } from "../manager/owner.ts";
import type { SecretValue } from "../secret/secret.ts";

/** The table of owners, with errors that name the manager which keeps it. */
export class ReferenceTable implements ReferenceStore {
  readonly #keeper: Owner;
  readonly #store: ReferenceStore;

  /** @throws SecretsError INTERNAL when the keeper's plugin declares a table and has none */
  constructor(keeper: Owner) {
    const { references } = keeper.backend;
    if (references === undefined) {
      const words = `The plugin ${keeper.id} declares \`references\`, and its backend has none: tell its author.`;
      throw new SecretsError("INTERNAL", words);
    }
    this.#keeper = keeper;
    this.#store = references;
  }

  find(name: string, context: OperationContext): Promise<Reference | undefined> {
    return this.#keeper.run(context, () => this.#store.find(name, context));
  }

  read(name: string, context: OperationContext): Promise<FoundReference | undefined> {
    return this.#keeper.run(context, () => this.#store.read(name, context));
  }

  readMany(
    names: readonly string[],
    context: OperationContext,
  ): Promise<ReadonlyMap<string, ReferenceResult>> {
    return this.#keeper.run(context, () => this.#store.readMany(names, context));
  }

  claim(name: string, change: ReferenceChange, context: OperationContext): Promise<boolean> {
    return this.#keeper.run(context, () => this.#store.claim(name, change, context));
  }

  advance(
    expected: ReferenceExpectation,
    change: ReferenceChange & { readonly value?: SecretValue },
    context: OperationContext,
  ): Promise<boolean> {
    return this.#keeper.run(context, () => this.#store.advance(expected, change, context));
  }

  remove(expected: ReferenceExpectation, context: OperationContext): Promise<boolean> {
    return this.#keeper.run(context, () => this.#store.remove(expected, context));
  }

  /** In pages of the limit, however many rows of each are of use to the caller. */
  list(range: ListRange, context: OperationContext): AsyncIterable<ListedReference> {
    return this.#attributed(this.#store.list(range, context), context);
  }

  transitions(context: OperationContext): AsyncIterable<Reference> {
    return this.#attributed(this.#store.transitions(context), context);
  }

  count(
    options: { readonly except?: string | undefined },
    context: OperationContext,
  ): Promise<ReadonlyMap<string, number>> {
    return this.#keeper.run(context, () => this.#store.count(options, context));
  }

  async *#attributed<Row>(rows: AsyncIterable<Row>, context: OperationContext): AsyncGenerator<Row> {
    const iterator = rows[Symbol.asyncIterator]();
    try {
      for (;;) {
        const { done, value } = await this.#keeper.run(context, () => iterator.next());
        if (done) return;
        yield value;
      }
    } finally {
      await iterator.return?.();
    }
  }
}
