import { setImmediate as nextTurn } from "node:timers/promises";
import type { CallContext } from "@archestra/secrets-core/plugin";
import { expect, test } from "vitest";
import { failure } from "../support/failure.ts";
import { callContext, openBackend } from "../support/open-backend.ts";
import { fileEnvironment, makeDatabase, openManager } from "../support/open-manager.ts";
import { openRaw } from "../support/raw-database.ts";
import { scratchFile } from "../support/scratch-folder.ts";
import { beforeStatement, countReadRows } from "../support/statements.ts";

const ROWS = 50_000;
/** Any statement on the table that is read in pages. */
const page = /select .* limit \?/is;

/** A database of many rows: of ours, of another manager, and changes in progress. */
async function largeDatabase([columns, values]: readonly [string, string]): Promise<string> {
  const file = scratchFile();
  await makeDatabase(file);
  const database = openRaw(file);
  database.exec(
    `WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ${ROWS})
     INSERT INTO archestra_secrets (name, ${columns}) SELECT printf('n%06d', n), ${values} FROM numbers`,
  );
  database.close();
  return file;
}

const own = ["value, key_id", "'{}', 'other-key'"] as const;
const ofVault = ["manager, state", "'VAULT', 'active'"] as const;
const inProgress = [
  "manager, state, transition_id, transition_started_at",
  "'VAULT', 'creating', 'an-operation', 0",
] as const;

/** Aborts before the second page is read, and counts the pages that are read from then on. */
async function pagesAfterAbort(run: (signal: AbortSignal) => Promise<unknown>): Promise<number> {
  const controller = new AbortController();
  let pages = 0;
  using _pages = beforeStatement(
    page,
    () => {
      if (++pages === 2) controller.abort();
    },
    Number.POSITIVE_INFINITY,
  );
  await run(controller.signal).catch(() => undefined);
  for (let turn = 0; turn < 200; turn++) await nextTurn();
  expect(controller.signal.aborted).toBe(true);
  return pages - 2;
}

function contextOf(signal: AbortSignal): CallContext {
  return { ...callContext(), signal };
}

test("an aborted check that counts reads no further page", async () => {
  const manager = await openManager(await largeDatabase(own));
  using read = countReadRows();
  const controller = new AbortController();
  let pages = 0;
  using _pages = beforeStatement(
    page,
    () => {
      if (++pages === 3) controller.abort();
    },
    Number.POSITIVE_INFINITY,
  );

  const error = await failure(manager.check({ count: true, signal: controller.signal }));
  const rows = read.rows;
  for (let turn = 0; turn < 200; turn++) await nextTurn();

  expect(error.code).toBe("ABORTED");
  expect(pages).toBe(3);
  expect(read.rows).toBe(rows);
});

test.each([
  [
    "check({ count: true }) of rows of unknown keys",
    own,
    (backend: Backend, context: CallContext) => backend.check({ count: true }, context),
  ],
  ["list", own, (backend: Backend, context: CallContext) => drain(backend.list({ prefix: "" }, context))],
  [
    "list of ownership",
    ofVault,
    (backend: Backend, context: CallContext) => drain(backend.ownership?.list({ prefix: "" }, context)),
  ],
  [
    "transitions",
    inProgress,
    (backend: Backend, context: CallContext) => drain(backend.ownership?.transitions(context)),
  ],
  [
    "count of our own rows",
    own,
    (backend: Backend, context: CallContext) => backend.ownership?.count({}, context),
  ],
  [
    "count of rows of others",
    ofVault,
    (backend: Backend, context: CallContext) => backend.ownership?.count({}, context),
  ],
] as const)("%s reads no page after its signal aborts", async (_what, rows, run) => {
  const { backend } = await openBackend(fileEnvironment(await largeDatabase(rows)));

  expect(await pagesAfterAbort(async (signal) => run(backend, contextOf(signal)))).toBe(0);
});

type Backend = Awaited<ReturnType<typeof openBackend>>["backend"];

async function drain(entries: AsyncIterable<unknown> | undefined): Promise<void> {
  if (entries !== undefined) for await (const _entry of entries);
}
