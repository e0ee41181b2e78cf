import { createSecretsManager } from "@archestra/secrets-core";
import { dbPlugin } from "@archestra/secrets-db";
import { startPostgres } from "@archestra/test-servers/postgres";
import { Kysely, PostgresDialect } from "kysely";
import pg from "pg";
import type { SecretsSchema } from "../../packages/secrets-db/src/schema/tables.ts";
import { bareDecrypt, bareSelect } from "./bare-database.ts";
import { authSecret, value } from "./database-fixture.ts";
import { pairedBenchmark } from "./paired-benchmark.ts";

const server = await startPostgres();
const env = { ARCHESTRA_DATABASE_URL: server.url, ARCHESTRA_AUTH_SECRET: authSecret };
const manager = await createSecretsManager({ plugins: [dbPlugin()], env });
const names = Array.from({ length: 1000 }, (_, index) => `team-${index % 10}/credential_${index}`);
await Promise.all(names.map((name) => manager.create(name, value)));
const pool = new pg.Pool({ connectionString: server.url });
// The server is stopped last, under connections that are on their way out.
pool.on("error", () => {});
const bare = new Kysely<SecretsSchema>({ dialect: new PostgresDialect({ pool }) });
const name = names[500] as string;

await pairedBenchmark({
  name: "postgres-get",
  baseline: {
    name: "Kysely select, derivation and decrypt",
    run: async () => bareDecrypt(await bareSelect(bare).where("name", "=", name).executeTakeFirstOrThrow()),
  },
  subject: { name: "manager.get", run: async () => (await manager.get(name))?.value },
});

await manager.close();
await bare.destroy();
await server.stop();
