import { expect, test } from "vitest";
import { failure } from "../support/failure.ts";
import { defaultKey, startManager } from "../support/open-manager.ts";
import { describePostgres, postgresDatabase } from "../support/postgres-database.ts";

describePostgres("PostgreSQL on a full disk", () => {
  test("a change is UNAVAILABLE with the reason DISK_FULL, reads succeed, and changes succeed with space", async () => {
    const { url, query } = await postgresDatabase();
    const manager = await startManager({
      ARCHESTRA_DATABASE_URL: url,
      ARCHESTRA_SECRETS_ENCRYPTION_SECRET: defaultKey,
    });
    await manager.create("a", { b: "c" });
    await query(`CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      RAISE EXCEPTION 'could not extend file "base/5/16384": No space left on device' USING ERRCODE = 'disk_full';
    END $$`);
    await query(
      "CREATE TRIGGER full_disk BEFORE INSERT OR UPDATE ON archestra_secrets EXECUTE FUNCTION fail()",
    );
    const error = await failure(manager.set("a", { b: "d" }));
    expect(error).toMatchObject({ code: "UNAVAILABLE", reason: "DISK_FULL", retryable: true });
    expect(error.message).toMatch(/^set "a" \(DB\): The PostgreSQL database test_\w+ at 127\.0\.0\.1:\d+ /);
    expect(error.message).toContain("has no free space");
    expect((await manager.get("a"))?.value).toEqual({ b: "c" });
    await query("DROP TRIGGER full_disk ON archestra_secrets");
    await manager.set("a", { b: "d" });
    expect((await manager.get("a"))?.value).toEqual({ b: "d" });
  });
});
