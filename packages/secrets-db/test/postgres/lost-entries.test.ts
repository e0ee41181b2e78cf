import type { OwnershipStore } from "@archestra/secrets-core/ownership";
import type { CallContext } from "@archestra/secrets-core/plugin";
import { type CuttingProxy, startCuttingProxy } from "@archestra/test-servers/cutting-proxy";
import { expect, onTestFinished, test } from "vitest";
import { failureCode } from "../support/failure.ts";
import { callContext, OTHER, openBackend } from "../support/open-backend.ts";
import { defaultKey } from "../support/open-manager.ts";
import { plantedValue } from "../support/planted.ts";
import { describePostgres, type PostgresDatabase, postgresDatabase } from "../support/postgres-database.ts";

interface Opened {
  readonly ownership: OwnershipStore;
  readonly proxy: CuttingProxy;
  readonly query: PostgresDatabase["query"];
}

async function open(): Promise<Opened> {
  const { url, query } = await postgresDatabase();
  const proxy = await startCuttingProxy(Number(new URL(url).port));
  onTestFinished(() => proxy.stop());
  const throughProxy = new URL(url);
  throughProxy.port = String(proxy.port);
  const { ownership } = await openBackend({
    ARCHESTRA_DATABASE_URL: throughProxy.href,
    ARCHESTRA_SECRETS_ENCRYPTION_SECRET: defaultKey,
  });
  return { ownership, proxy, query };
}

const settled = { manager: OTHER, state: "active", path: "p" } as const;
const moving = { ...settled, state: "moving", transitionId: "1", copy: { manager: "DB" } } as const;
const value = plantedValue();

/** Each change: the row that it finds, the statement that is cut, and whether a lost answer can be found out. */
const changes = [
  {
    what: "claim",
    statement: "insert into",
    row: undefined,
    run: (store: OwnershipStore, context: CallContext) => store.claim("a", moving, context),
    after: { name: "a", ...moving },
  },
  {
    what: "advance into a change",
    statement: "update",
    row: settled,
    run: (store: OwnershipStore, context: CallContext) =>
      store.advance({ name: "a", ...settled }, moving, context),
    after: { name: "a", ...moving },
  },
  {
    what: "advance out of a change",
    statement: "update",
    row: moving,
    run: (store: OwnershipStore, context: CallContext) =>
      store.advance({ name: "a", ...moving }, settled, context),
    after: { name: "a", ...settled },
  },
  {
    what: "advance with a value",
    statement: "update",
    row: moving,
    run: (store: OwnershipStore, context: CallContext) =>
      store.advance({ name: "a", ...moving }, { manager: "DB", state: "active", value }, context),
    after: { name: "a", manager: "DB", state: "active" },
  },
  {
    what: "remove at the end of a change",
    statement: "delete from",
    row: moving,
    run: (store: OwnershipStore, context: CallContext) => store.remove({ name: "a", ...moving }, context),
    after: undefined,
  },
] as const;

async function arrange(row: (typeof changes)[number]["row"]): Promise<Opened> {
  const opened = await open();
  if (row !== undefined) await opened.ownership.claim("a", row, callContext());
  return opened;
}

async function rowOf({ ownership }: Opened) {
  const row = await ownership.find("a", callContext());
  if (row === undefined) return undefined;
  const { transitionAge: _age, ...rest } = row;
  return rest;
}

describePostgres("a change of a row whose answer was lost", () => {
  for (const { what, statement, row, run, after } of changes) {
    test.each(["answered", "in-answer"] as const)(
      `${what}: true, when the row proves that it happened (%s)`,
      async (moment) => {
        const opened = await arrange(row);
        opened.proxy.cutAt(statement, moment);
        expect(await run(opened.ownership, callContext())).toBe(true);
        expect(opened.proxy.cuts).toBe(1);
        expect(await rowOf(opened)).toEqual(after);
        if (what !== "advance with a value") return;
        expect((await opened.ownership.read("a", callContext()))?.secret?.value).toEqual(value);
      },
    );

    test(`${what}: OUTCOME_UNKNOWN, when it may happen yet`, async () => {
      const opened = await arrange(row);
      const before = await rowOf(opened);
      opened.proxy.cutAt(statement, "before");
      expect(await failureCode(run(opened.ownership, callContext(600)))).toBe("OUTCOME_UNKNOWN");
      expect(opened.proxy.cuts).toBe(1);
      expect(await rowOf(opened)).toEqual(before);
    });

    test(`${what}: OUTCOME_UNKNOWN long before the deadline, when something else is there`, async () => {
      const opened = await arrange(row);
      const { ownership, proxy, query } = opened;
      const other = { manager: "THIRD", state: "active" } as const;
      if (row === undefined) await ownership.claim("a", other, callContext());
      else await query("UPDATE archestra_secrets SET manager = 'THIRD'");
      const before = await rowOf(opened);
      proxy.cutAt(statement, "answered");
      const call = run(ownership, callContext(3_600_000));
      // Nothing is sealed for a row that is not as expected, so the statement of this one is never sent.
      if (what === "advance with a value") expect(await call).toBe(false);
      else expect(await failureCode(call)).toBe("OUTCOME_UNKNOWN");
      expect(await rowOf(opened)).toEqual(before);
    });
  }

  test("remove of a row without a transition: OUTCOME_UNKNOWN, since another process may have removed it", async () => {
    const opened = await arrange(settled);
    opened.proxy.cutAt("delete from", "answered");
    const call = opened.ownership.remove({ name: "a", ...settled }, callContext(3_600_000));
    expect(await failureCode(call)).toBe("OUTCOME_UNKNOWN");
    expect(await rowOf(opened)).toBeUndefined();
  });
});

describePostgres("advance with a value", () => {
  test("fails when the database stores another value, so that the secret is not deleted elsewhere", async () => {
    const { ownership, query } = await open();
    await ownership.claim("a", moving, callContext());
    await query(`CREATE FUNCTION spoil() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN IF NEW.value IS NOT NULL THEN NEW.value := NEW.value || ' '; END IF; RETURN NEW; END $$`);
    await query(
      "CREATE TRIGGER spoil BEFORE UPDATE ON archestra_secrets FOR EACH ROW EXECUTE FUNCTION spoil()",
    );
    const call = ownership.advance({ name: "a", ...moving }, { ...moving, value }, callContext());
    expect(await failureCode(call)).toBe("INTERNAL VALUE_CHANGED");
  });
});
