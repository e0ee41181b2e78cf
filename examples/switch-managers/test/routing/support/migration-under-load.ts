import { vaultOfTest } from "@archestra/test-servers/vault-tests";
import { expect, onTestFinished } from "vitest";
import { secretNames } from "../processes/secret-names.ts";
import { Application, runMigratingProcess } from "./child-processes.ts";
import { DatabaseAndVault, type ManagerId } from "./database-and-vault.ts";
import { createDatabase } from "./test-database.ts";

export interface MigrationUnderLoadOptions {
  readonly secrets: number;
  /** Of the process that moves, in each direction. Beside them, the one that finalizes is killed once. */
  readonly kills: number;
  /** How many read at a time in each application; as many write. */
  readonly workers: number;
}

const CREATIONS_AT_A_TIME = 50;
const FILLING = "x".repeat(200);

/**
 * Moves secrets from PostgreSQL to Vault and back by processes that are killed, while two applications read and update
 * them, and expects that nothing was lost.
 *
 * @returns what happened, in words
 */
export async function migrateUnderLoad(options: MigrationUnderLoadOptions): Promise<string[]> {
  const { secrets, workers } = options;
  const vault = await vaultOfTest();
  await vault.mountKv("secret", 2);
  const database = await createDatabase("PostgreSQL");
  onTestFinished(() => database.remove());
  const places = new DatabaseAndVault(database, vault);
  const names = secretNames(secrets);
  await createAll(places, names);

  const applications = [
    await Application.start(places.environment("DB"), { secrets, workers }),
    await Application.start(places.environment("VAULT"), { secrets, workers }),
  ];
  onTestFinished(() => {
    for (const application of applications) application.kill();
  });
  const figures: string[] = [];
  for (const to of ["VAULT", "DB"] as const) {
    figures.push(await moveAll(places, to, options));
    // Until the move is finalized, both have all of them.
    expect(await held(places)).toEqual({ owner: { [to]: secrets }, values: secrets, vault: secrets });
    figures.push(await finalizeAll(places, secrets));
    const [values, inVault] = to === "VAULT" ? [0, secrets] : [secrets, 0];
    expect(await held(places)).toEqual({ owner: { [to]: secrets }, values, vault: inVault });
  }

  const reports = await Promise.all(applications.map((application) => application.end()));
  for (const { failures } of reports) expect(failures).toEqual([]);
  const manager = await places.open("DB");
  let unknown = 0;
  for (const [name, result] of await manager.getMany(names)) {
    if (result.status !== "found") throw new Error(`${name} is ${result.status}.`);
    const sum = (counts: "increments" | "unknown") =>
      reports.reduce((total, report) => total + (report[counts][name] ?? 0), 0);
    const { count, ...rest } = result.secret.value;
    expect(rest).toEqual({ name, filling: FILLING });
    expect(count).toBeGreaterThanOrEqual(sum("increments"));
    expect(count).toBeLessThanOrEqual(sum("increments") + sum("unknown"));
    unknown += sum("unknown");
  }
  await manager.close();
  for (const [index, { reads, updates }] of reports.entries()) {
    const selected = index === 0 ? "DB" : "VAULT";
    figures.push(
      `the application with ${selected} selected: ${reads} reads and ${updates} updates, none failed`,
    );
    expect(Math.min(reads, updates)).toBeGreaterThan(0);
  }
  figures.push(`updates of unknown outcome: ${unknown}`);
  return figures;
}

async function createAll(places: DatabaseAndVault, names: readonly string[]): Promise<void> {
  const manager = await places.open("DB");
  const waiting = names.values();
  const createNext = async () => {
    for (const name of waiting) await manager.create(name, { name, filling: FILLING, count: 0 });
  };
  await Promise.all(Array.from({ length: CREATIONS_AT_A_TIME }, createNext));
  await manager.close();
}

/** Moves all, by one process after the other: each but the last is killed at a random point. */
async function moveAll(
  places: DatabaseAndVault,
  to: ManagerId,
  { secrets, kills }: MigrationUnderLoadOptions,
): Promise<string> {
  const startedAt = performance.now();
  let leftMoving = 0;
  let killed = 0;
  for (let kill = 0; kill < kills; kill++) {
    const killAfter = 1 + Math.floor((Math.random() * secrets) / (kills + 1));
    const { report } = await runMigratingProcess(
      migratingEnvironment(places, kill),
      { call: "migrate", to },
      killAfter,
    );
    // It had done all of it before the kill came.
    if (report !== undefined) break;
    killed++;
    leftMoving += await ageRowsOfTheDead(places);
  }
  expect(killed).toBeGreaterThanOrEqual(Math.floor(kills / 2));
  const { report } = await runMigratingProcess(migratingEnvironment(places, kills), { call: "migrate", to });
  expect(report).toMatchObject({ failed: 0, failures: [], stopped: false });
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  return `to ${to}: ${secrets} secrets in ${seconds} s, ${killed} kills, which left ${leftMoving} rows in a transition; the last process moved ${report?.done}`;
}

async function finalizeAll(places: DatabaseAndVault, secrets: number): Promise<string> {
  const startedAt = performance.now();
  const killAfter = 1 + Math.floor((Math.random() * secrets) / 2);
  const killed = await runMigratingProcess(migratingEnvironment(places, 0), { call: "finalize" }, killAfter);
  const left = await ageRowsOfTheDead(places);
  const { report } = await runMigratingProcess(migratingEnvironment(places, 1), { call: "finalize" });
  expect(report).toMatchObject({ failed: 0, failures: [], stopped: false });
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  return `finalized in ${seconds} s, ${killed.report === undefined ? 1 : 0} kills, which left ${left} rows in a transition`;
}

const MIGRATING = "migrating-process";

/** Either manager is selected in turn; its connections carry a name. */
function migratingEnvironment(places: DatabaseAndVault, turn: number) {
  const env = places.environment(turn % 2 === 0 ? "DB" : "VAULT");
  return { ...env, ARCHESTRA_DATABASE_URL: `${env.ARCHESTRA_DATABASE_URL}?application_name=${MIGRATING}` };
}

/** Applications wait for a row in a transition, which is recovered once it is stale. */
async function ageRowsOfTheDead({ database }: DatabaseAndVault): Promise<number> {
  // The server carries out what it was sent although the client is dead.
  const alive = "SELECT count(*)::int AS count FROM pg_stat_activity WHERE application_name = $1";
  while ((await database.query<{ count: number }>(alive, MIGRATING))[0]?.count !== 0);
  const aged = await database.query(
    "UPDATE archestra_secrets SET transition_started_at = transition_started_at - 600000 WHERE transition_id IS NOT NULL RETURNING name",
  );
  return aged.length;
}

/** Who owns how many, how many values the table holds, and how many secrets Vault. */
async function held(places: DatabaseAndVault) {
  const { database } = places;
  const owners = await database.query<{ manager: string; count: number }>(
    "SELECT manager, count(*)::int AS count FROM archestra_secrets GROUP BY manager",
  );
  const [values] = await database.query<{ count: number }>(
    "SELECT count(value)::int AS count FROM archestra_secrets",
  );
  return {
    owner: Object.fromEntries(owners.map(({ manager, count }) => [manager, count])),
    values: values?.count,
    vault: (await places.vaultNames()).length,
  };
}
