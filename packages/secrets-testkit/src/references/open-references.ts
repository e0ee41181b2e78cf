import type {
  FoundReference,
  OperationContext,
  Reference,
  ReferenceChange,
  ReferenceExpectation,
  ReferenceStore,
  SecretsBackend,
} from "@archestra/secrets-core/plugin";
import type { BackendFixture } from "../backend/backend-fixture.ts";
import { fail } from "../expectation/expectation.ts";
import { NotDeclared } from "../runner/case-ending.ts";

/** A table of owners with the backend that offers it. */
export interface OpenReferences {
  readonly references: ReferenceStore;
  readonly backend: SecretsBackend;
  readonly context: OperationContext;
  /** The id under which the backend owns rows itself. */
  readonly own: string;
}

/** The owner of rows of another manager. */
export const OTHER = "OTHER";

/** A row of another manager while its secret is being created, and afterwards. */
export const pending: ReferenceChange = { manager: OTHER, state: "pending", operationId: "operation-1" };
export const active: ReferenceChange = { manager: OTHER, state: "active" };

/** A row in which everything is set that a row can have. */
export const filled: ReferenceChange = {
  ...pending,
  path: "secret/data/a",
  copy: { manager: "THIRD", version: "1.2", path: "secret/data/b" },
};

/** Opens one client; a backend without a table of owners ends the case as unsupported. */
export async function openReferences(fixture: BackendFixture): Promise<OpenReferences> {
  const { backend } = await fixture.open();
  if (backend.references === undefined) throw new NotDeclared("the backend has no `references`");
  return { references: backend.references, backend, context: fixture.context(), own: fixture.managerId };
}

/** A row as it can be expected of a change, and compared with what it was before: its age grows by itself. */
export function withoutAge(reference: Reference): ReferenceExpectation;
export function withoutAge(reference: Reference | undefined): ReferenceExpectation | undefined;
export function withoutAge(reference: Reference | undefined): ReferenceExpectation | undefined {
  if (reference === undefined) return undefined;
  const { operationAge: _age, ...row } = reference;
  return row;
}

/** The row of a name as it stands, which must be there. */
export async function rowOf(
  { references, context }: OpenReferences,
  name: string,
): Promise<ReferenceExpectation> {
  const row = withoutAge(await references.find(name, context));
  return row ?? fail(`a row of the name ${name}`, "none");
}

/** Row and secret of a name as they stand. */
export async function readOf(
  { references, context }: OpenReferences,
  name: string,
): Promise<FoundReference | undefined> {
  return withoutAge(await references.read(name, context));
}

/** Changes a row, whatever it is like, and fails when it does not. */
export async function advanceRow(
  opened: OpenReferences,
  name: string,
  change: Parameters<ReferenceStore["advance"]>[1],
): Promise<void> {
  const row = await rowOf(opened, name);
  const isChanged = await opened.references.advance(row, change, opened.context);
  if (!isChanged) fail(`\`advance\` of ${name}, which is as expected, to be true`, "false");
}
