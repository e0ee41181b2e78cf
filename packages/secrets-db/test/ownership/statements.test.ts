import { expect, test } from "vitest";
import { callContext, moveAway, OTHER, openBackend } from "../support/open-backend.ts";
import { fileEnvironment } from "../support/open-manager.ts";
import { plantedValue } from "../support/planted.ts";
import { query } from "../support/raw-database.ts";
import { scratchFile } from "../support/scratch-folder.ts";
import { beforeStatement } from "../support/statements.ts";

/** The statements on the table that a call runs, each time that it runs one. */
async function statementsOf(call: () => Promise<unknown>): Promise<string[]> {
  const statements: string[] = [];
  using _ = beforeStatement(
    /"?archestra_secrets"?\b/i,
    (sql) => void statements.push(sql),
    Number.POSITIVE_INFINITY,
  );
  await call();
  return statements;
}

test("a row is read by one statement, with the secret, without it, and as one of several", async () => {
  const file = scratchFile();
  const env = fileEnvironment(file);
  const { backend } = await openBackend(env);
  await backend.write("a", plantedValue(), { expect: "absent" }, callContext());
  for (const read of ["find", "read", "readMany"] as const) {
    const { ownership } = await openBackend(env);
    const statements = await statementsOf(async () => {
      if (read === "readMany") await ownership.readMany(["a", "b"], callContext());
      else await ownership[read]("a", callContext());
    });
    expect(statements).toHaveLength(1);
    // Of a large value that nobody asked for, not a byte is read.
    if (read === "find") expect(statements[0]).not.toMatch(/"value"(?! is not null)/);
  }
});

test("transitions and owners are found by their indexes, without a walk over other rows", async () => {
  const file = scratchFile();
  const { backend, ownership } = await openBackend(fileEnvironment(file));
  await backend.write("a", plantedValue(), { expect: "absent" }, callContext());
  await moveAway(ownership, "a");
  await ownership.claim("b", { manager: OTHER, state: "creating", transitionId: "1" }, callContext());
  const plansOf = async (call: () => Promise<unknown>) =>
    (await statementsOf(call)).map((sql) => {
      const parameters = Array.from({ length: sql.split("?").length - 1 }, () => 1);
      const plan = query<{ detail: string }>(file, `EXPLAIN QUERY PLAN ${sql}`, ...parameters);
      return plan.map(({ detail }) => detail).join("; ");
    });

  const transitions = await plansOf(() => Array.fromAsync(ownership.transitions(callContext())));
  expect(transitions).toHaveLength(1);
  for (const plan of transitions) expect(plan).toMatch(/USING INDEX archestra_secrets_transition/);

  const others = await plansOf(() => ownership.count({ except: "DB" }, callContext()));
  expect(others.length).toBeGreaterThanOrEqual(2);
  for (const plan of others) expect(plan).toMatch(/USING COVERING INDEX archestra_secrets_manager/);

  const all = await plansOf(() => ownership.count({}, callContext()));
  for (const plan of [...transitions, ...all]) expect(plan).not.toMatch(/SCAN archestra_secrets\b/);
});
