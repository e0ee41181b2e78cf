import { setImmediate as nextTurn } from "node:timers/promises";
import type {
  FoundReference,
  ListedReference,
  ListRange,
  OperationContext,
  Reference,
  ReferenceChange,
  ReferenceExpectation,
  ReferenceResult,
  ReferenceStore,
  SecretValue,
} from "@archestra/secrets-core/plugin";
import type { CompiledQuery } from "kysely";
import type { OpenDatabase } from "../database/open-database.ts";
import type { Session } from "../database/session.ts";
import type { KeyRing } from "../encryption/key-ring.ts";
import { openSecret } from "./opened-secret.ts";
import { countByOwner } from "./owner-counts.ts";
import { ReferenceChanges } from "./reference-changes.ts";
import { assertOwner, type ReferenceRow, referenceColumns, referenceOf } from "./reference-row.ts";
import { rowsInOrder } from "./rows-in-order.ts";
import { isReadable, NAMES_AT_A_TIME, rowInfo, type SecretRow } from "./secret-row.ts";

const PAGE_ROWS = 500;

type RowWithoutValue = ReferenceRow & { readonly holds_value: unknown };
type WholeRow = ReferenceRow & SecretRow;

const absent: ReferenceResult = Object.freeze({ status: "absent" });

/** The table of owners: the same rows that hold our own secrets. */
export class DatabaseReferenceStore implements ReferenceStore {
  readonly #database: OpenDatabase;
  readonly #ring: KeyRing | undefined;
  readonly #changes: ReferenceChanges;
  /** Compiled once, since building a statement takes longer than running it, and by the call that needs it, not at a start. */
  #selectRow: CompiledQuery<RowWithoutValue> | undefined;
  #selectWhole: CompiledQuery<WholeRow> | undefined;

  /** @param ring undefined: this process has no key, and serves rows without secrets */
  constructor(database: OpenDatabase, ring: KeyRing | undefined) {
    this.#database = database;
    this.#ring = ring;
    this.#changes = new ReferenceChanges(database, ring);
  }

  async find(name: string, context: OperationContext): Promise<Reference | undefined> {
    const { statements, dialect } = this.#database;
    this.#selectRow ??= statements.compile((db) =>
      db
        .selectFrom("archestra_secrets")
        .select(referenceColumns(dialect))
        .select(({ eb }) => eb("value", "is not", null).as("holds_value"))
        .where("name", "=", ""),
    );
    const row = await this.#first(this.#selectRow, name, context);
    if (row === undefined) return undefined;
    const reference = referenceOf(row);
    assertOwner(reference, Boolean(row.holds_value));
    return reference;
  }

  async read(name: string, context: OperationContext): Promise<FoundReference | undefined> {
    this.#selectWhole ??= this.#database.statements.compile((db) => this.#select(db).where("name", "=", ""));
    const row = await this.#first(this.#selectWhole, name, context);
    return row === undefined ? undefined : this.#open(row, context.exactNumbers);
  }

  async readMany(names: readonly string[], context: OperationContext): Promise<Map<string, ReferenceResult>> {
    const results = new Map<string, ReferenceResult>();
    for (let start = 0; start < names.length; start += NAMES_AT_A_TIME) {
      if (start > 0) await nextTurn();
      context.signal.throwIfAborted();
      const page = names.slice(start, start + NAMES_AT_A_TIME);
      const rows = await this.#database.statements.read(context, (session) =>
        session.rows(this.#select(session.db).where("name", "in", page)),
      );
      for (const name of page) results.set(name, absent);
      for (const row of rows) results.set(row.name, this.#result(row));
    }
    return results;
  }

  claim(name: string, change: ReferenceChange, context: OperationContext): Promise<boolean> {
    return this.#changes.claim(name, change, context);
  }

  advance(
    expected: ReferenceExpectation,
    change: ReferenceChange & { readonly value?: SecretValue },
    context: OperationContext,
  ): Promise<boolean> {
    return this.#changes.advance(expected, change, context);
  }

  remove(expected: ReferenceExpectation, context: OperationContext): Promise<boolean> {
    return this.#changes.remove(expected, context);
  }

  async *list(range: ListRange, context: OperationContext): AsyncGenerator<ListedReference> {
    let left = range.limit ?? Number.POSITIVE_INFINITY;
    if (left <= 0) return;
    for await (const row of rowsInOrder(this.#database, range, context)) {
      const reference: ListedReference = referenceOf(row);
      yield isReadable(row) && row.holds_value ? { ...reference, info: rowInfo(row) } : reference;
      if (--left <= 0) return;
    }
  }

  async *transitions(context: OperationContext): AsyncGenerator<Reference> {
    const { statements, dialect } = this.#database;
    let last = "";
    for (;;) {
      context.signal.throwIfAborted();
      const after = last;
      const page = await statements.inIndexOrder(context, (session) =>
        session.rows(
          session.db
            .selectFrom("archestra_secrets")
            .select(referenceColumns(dialect))
            .where("operation_id", "is not", null)
            .where("name", ">", after)
            .orderBy("name")
            .limit(PAGE_ROWS),
        ),
      );
      for (const row of page) {
        last = row.name;
        yield referenceOf(row);
      }
      if (page.length < PAGE_ROWS) return;
      await nextTurn();
    }
  }

  count(
    { except }: { readonly except?: string | undefined },
    context: OperationContext,
  ): Promise<Map<string, number>> {
    return countByOwner(this.#database, except, context);
  }

  async #first<Row>(
    query: CompiledQuery<Row>,
    name: string,
    context: OperationContext,
  ): Promise<Row | undefined> {
    const [row] = await this.#database.statements.query(context, query, [name]);
    return row;
  }

  #select(db: Session["db"]) {
    return db
      .selectFrom("archestra_secrets")
      .select(referenceColumns(this.#database.dialect))
      .select(["id", "value", "key_id", "version", "created_at", "updated_at"]);
  }

  #result(row: WholeRow): ReferenceResult {
    try {
      return { status: "found", reference: this.#open(row) };
    } catch (error) {
      return { status: "failed", error };
    }
  }

  #open(row: WholeRow, exactNumbers?: boolean): FoundReference {
    const reference = referenceOf(row);
    assertOwner(reference, row.value !== null);
    if (isReadable(row)) reference.secret = openSecret(row, this.#ring, exactNumbers);
    return reference;
  }
}
