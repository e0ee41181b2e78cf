import type {
  OperationContext,
  ReferenceChange,
  ReferenceStore,
  SecretsBackend,
} from "@archestra/secrets-core/plugin";
import type { BackendFixture } from "../backend/backend-fixture.ts";
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

/** Opens one client; a backend without a table of owners ends the case as unsupported. */
export async function openReferences(fixture: BackendFixture): Promise<OpenReferences> {
  const { backend } = await fixture.open();
  if (backend.references === undefined) throw new NotDeclared("the backend has no `references`");
  return { references: backend.references, backend, context: fixture.context(), own: fixture.managerId };
}
