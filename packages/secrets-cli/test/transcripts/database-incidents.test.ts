import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type {} from "@archestra/test-servers/postgres-global-setup";
import { startPostgresPair } from "@archestra/test-servers/postgres-pair";
import { obtainOrSkip } from "@archestra/test-servers/server-unavailable";
import { describe, expect, inject, onTestFinished, test } from "vitest";
import { newDatabase, withManager } from "../doctor/broken-setup.ts";
import { newPostgresDatabase, newPostgresRole, queryPostgres } from "../support/postgres-database.ts";
import { Transcript } from "./transcript.ts";

// Fixed, so that the ids of the keys are those of the guide.
const [SECRET, NEW_SECRET, OTHER_SECRET] = ["earlier-", "newer---", "other---"].map((part) => part.repeat(6));
const SHOWN = "db.example.com:5432";

test("a wrong encryption secret is found, and the earlier one is recognized among several", async () => {
  const { env, folder } = newDatabase(SECRET);
  await withManager(env, (manager) => manager.create("github", { token: "planted-value" }));
  const url = { ARCHESTRA_DATABASE_URL: env.ARCHESTRA_DATABASE_URL };
  const transcript = new Transcript(folder, { [folder]: "/var/lib/app" });
  transcript.envFile("app.env", { ...url, ARCHESTRA_AUTH_SECRET: NEW_SECRET ?? "" });
  expect(await transcript.run("archestra-secrets get github --env-file app.env")).toBe(1);
  expect(await transcript.run("archestra-secrets doctor --env-file app.env")).toBe(2);
  transcript.comment(
    "Two earlier secrets are in the backup. Each is tried from a file of its own, which wins over app.env. Nothing is changed.",
  );
  transcript.envFile("monday.env", { ARCHESTRA_AUTH_SECRET: OTHER_SECRET ?? "" });
  transcript.envFile("tuesday.env", { ARCHESTRA_AUTH_SECRET: SECRET ?? "" });
  const tried = (file: string) =>
    transcript.run(`archestra-secrets doctor --env-file app.env --env-file ${file}`);
  expect(await tried("monday.env")).toBe(2);
  expect(await tried("tuesday.env")).toBe(0);
  transcript.comment("It is put into app.env, and the processes are restarted.");
  transcript.envFile("app.env", { ...url, ARCHESTRA_AUTH_SECRET: SECRET ?? "" });
  expect(await transcript.run("archestra-secrets get github --env-file app.env")).toBe(0);
  transcript.expectCommitted("wrong-key");
});

test("a full disk below SQLite is found, and changes succeed when there is space", async ({ skip }) => {
  const { env, folder } = newDatabase(SECRET);
  const disk = join(folder, "disk");
  mkdirSync(disk);
  const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=2m", "tmpfs", disk]);
  if (mounted.status !== 0) return skip("this user is not permitted to mount a file system");
  onTestFinished(() => void spawnSync("umount", ["--lazy", disk]));
  const settings = { ...env, ARCHESTRA_DATABASE_URL: `sqlite://${disk}/secrets.db` };
  await withManager(settings, (manager) => manager.create("github", { token: "planted-value" }));
  const filling = join(disk, "filling");
  spawnSync("dd", ["if=/dev/zero", `of=${filling}`, "bs=4096"]);
  const transcript = new Transcript(folder, { [disk]: "/var/lib/app" });
  transcript.envFile("app.env", settings);
  const set = "archestra-secrets set github --field token --env-file app.env";
  expect(await transcript.run(set, { input: "planted-new" })).toBe(1);
  expect(await transcript.run("archestra-secrets doctor --env-file app.env")).toBe(2);
  transcript.comment("Space is freed. No restart is needed.");
  rmSync(filling);
  expect(await transcript.run(set, { input: "planted-new" })).toBe(0);
  transcript.expectCommitted("full-disk-sqlite");
});

describe.skipIf(inject("postgresUrl") === undefined)("PostgreSQL", () => {
  test("a full disk of the server is reported by the call, and doctor cannot see it", async () => {
    const { folder } = newDatabase();
    const url = await newPostgresDatabase("shop");
    const settings = { ARCHESTRA_DATABASE_URL: url, ARCHESTRA_SECRETS_ENCRYPTION_SECRET: SECRET ?? "" };
    await withManager(settings, (manager) => manager.create("github", { token: "planted-value" }));
    // What the server reports when it cannot extend a file of the table.
    await queryPostgres(
      url,
      `CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        RAISE EXCEPTION 'could not extend file' USING ERRCODE = 'disk_full';
      END $$`,
      "CREATE TRIGGER full_disk BEFORE INSERT OR UPDATE ON archestra_secrets EXECUTE FUNCTION fail()",
    );
    const transcript = new Transcript(folder, shownServer(url));
    transcript.envFile("app.env", settings);
    const set = "archestra-secrets set github --field token --env-file app.env";
    expect(await transcript.run(set, { input: "planted-new" })).toBe(1);
    expect(await transcript.run("archestra-secrets doctor --env-file app.env")).toBe(0);
    transcript.comment("Space is freed on the disk of the server. No restart is needed.");
    await queryPostgres(url, "DROP TRIGGER full_disk ON archestra_secrets");
    expect(await transcript.run(set, { input: "planted-new" })).toBe(0);
    transcript.expectCommitted("full-disk-postgresql");
  });

  test("privileges that a role lacks are found, and the printed statements grant them", async () => {
    const { folder } = newDatabase();
    const url = await newPostgresDatabase("shop");
    const settings = { ARCHESTRA_DATABASE_URL: url, ARCHESTRA_SECRETS_ENCRYPTION_SECRET: SECRET ?? "" };
    await withManager(settings, (manager) => manager.create("github", { token: "planted-value" }));
    const { role, roleUrl } = await newPostgresRole(url);
    const transcript = new Transcript(folder, { [role]: "app", ...shownServer(url) });
    transcript.envFile("app.env", { ...settings, ARCHESTRA_DATABASE_URL: roleUrl });
    expect(await transcript.run("archestra-secrets list --env-file app.env")).toBe(1);
    expect(await transcript.run("archestra-secrets doctor --env-file app.env")).toBe(2);
    const remedy = transcript.remedy;
    const grants = remedy.replace(/ app$/, ` ${role}`);
    expect(grants).not.toBe(remedy);
    transcript.other(`${remedy} | psql -U owner shop`);
    await queryPostgres(url, await transcript.outputOf(grants));
    expect(await transcript.run("archestra-secrets doctor --env-file app.env")).toBe(0);
    transcript.expectCommitted("missing-privileges");
  });

  test("a demoted primary is found, and the address of the new one ends it", async ({ skip }) => {
    const pair = await obtainOrSkip("the test of a demoted primary", () =>
      startPostgresPair({ fsync: "off" }),
    );
    if (pair === undefined) return skip();
    onTestFinished(() => pair.dispose());
    const { folder } = newDatabase();
    const { first, second } = pair.urls;
    const key = { ARCHESTRA_SECRETS_ENCRYPTION_SECRET: SECRET ?? "" };
    await withManager({ ...key, ARCHESTRA_DATABASE_URL: first }, (manager) =>
      manager.create("github", { token: "planted-value" }),
    );
    await pair.waitForStandby("first", false);
    await pair.stop("first", "fast");
    await pair.promote("second");
    await pair.follow("first");
    const transcript = new Transcript(folder, {
      [new URL(first).host]: "db1.example.com:5432",
      [new URL(second).host]: "db2.example.com:5432",
      "database postgres": "database shop",
    });
    transcript.envFile("app.env", { ...key, ARCHESTRA_DATABASE_URL: first });
    const set = "archestra-secrets set github --field token --env-file app.env";
    expect(await transcript.run(set, { input: "planted-new" })).toBe(1);
    expect(await transcript.run("archestra-secrets doctor --env-file app.env")).toBe(2);
    transcript.comment(
      "ARCHESTRA_DATABASE_URL in app.env is changed to db2.example.com, and the processes are restarted.",
    );
    transcript.envFile("app.env", { ...key, ARCHESTRA_DATABASE_URL: second });
    expect(await transcript.run("archestra-secrets doctor --env-file app.env")).toBe(0);
    expect(await transcript.run(set, { input: "planted-new" })).toBe(0);
    transcript.expectCommitted("demoted-database");
  });
});

/** The server and the database of a test, and those of the guide. */
function shownServer(url: string) {
  const { host, pathname } = new URL(url);
  return { [host]: SHOWN, [pathname.slice(1)]: "shop" };
}
