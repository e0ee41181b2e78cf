import { createSecretsManager } from "@archestra/secrets-core";
import { dbPlugin } from "@archestra/secrets-db";

const [path] = process.argv.slice(2);
const secrets = await createSecretsManager({
  plugins: [dbPlugin()],
  env: {
    ARCHESTRA_DATABASE_URL: `sqlite://${path}`,
    ARCHESTRA_AUTH_SECRET: "a benchmark's secret of at least thirty-two characters",
  },
});
for await (const { name, manager } of secrets.list()) console.log(name, manager);
await secrets.close();
