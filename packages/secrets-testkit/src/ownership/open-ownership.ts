import type {
  EntryChange,
  ExpectedEntry,
  FoundEntry,
  OwnershipEntry,
  OwnershipStore,
} from "@archestra/secrets-core/ownership";
import type { CallContext, SecretsBackend } from "@archestra/secrets-core/plugin";
import type { BackendFixture } from "../backend/backend-fixture.ts";
import { fail } from "../expectation/expectation.ts";
import { NotDeclared } from "../runner/case-ending.ts";

/** An ownership table with the backend that offers it. */
export interface OpenOwnership {
  readonly ownership: OwnershipStore;
  readonly backend: SecretsBackend;
  readonly context: CallContext;
  /** The id under which the backend owns rows itself. */
  readonly own: string;
}

/** The owner of rows of another manager. */
export const OTHER = "OTHER";

/** A row of another manager while its secret is being created, and afterwards. */
export const creating: EntryChange = { manager: OTHER, state: "creating", transitionId: "transition-1" };
export const active: EntryChange = { manager: OTHER, state: "active" };

/** A row in which everything is set that a row can have. */
export const filled: EntryChange = {
  ...creating,
  path: "secret/data/a",
  copy: { manager: "THIRD", version: "1.2", path: "secret/data/b" },
};

/** Opens one client; a backend without an ownership table ends the case as unsupported. */
export async function openOwnership(fixture: BackendFixture): Promise<OpenOwnership> {
  const { backend } = await fixture.open();
  if (backend.ownership === undefined) throw new NotDeclared("the backend has no `ownership`");
  return { ownership: backend.ownership, backend, context: fixture.context(), own: fixture.managerId };
}

/** A row as it can be expected of a change, and compared with what it was before: its age grows by itself. */
export function withoutAge(entry: OwnershipEntry): ExpectedEntry;
export function withoutAge(entry: OwnershipEntry | undefined): ExpectedEntry | undefined;
export function withoutAge(entry: OwnershipEntry | undefined): ExpectedEntry | undefined {
  if (entry === undefined) return undefined;
  const { transitionAge: _age, ...row } = entry;
  return row;
}

/** The row of a name as it stands, which must be there. */
export async function rowOf({ ownership, context }: OpenOwnership, name: string): Promise<ExpectedEntry> {
  const row = withoutAge(await ownership.find(name, context));
  return row ?? fail(`a row of the name ${name}`, "none");
}

/** Row and secret of a name as they stand. */
export async function readOf(
  { ownership, context }: OpenOwnership,
  name: string,
): Promise<FoundEntry | undefined> {
  return withoutAge(await ownership.read(name, context));
}

/** Changes a row, whatever it is like, and fails when it does not. */
export async function advanceRow(
  opened: OpenOwnership,
  name: string,
  change: Parameters<OwnershipStore["advance"]>[1],
): Promise<void> {
  const row = await rowOf(opened, name);
  const isChanged = await opened.ownership.advance(row, change, opened.context);
  if (!isChanged) fail(`\`advance\` of ${name}, which is as expected, to be true`, "false");
}
