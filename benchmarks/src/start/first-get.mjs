import { createSecretsManager } from "@archestra/secrets-core";
import { dbPlugin } from "@archestra/secrets-db";

const [path, name] = process.argv.slice(2);
const secrets = await createSecretsManager({
  plugins: [dbPlugin()],
  env: {
    ARCHESTRA_DATABASE_URL: `sqlite://${path}`,
    ARCHESTRA_AUTH_SECRET: "a benchmark's secret of at least thirty-two characters",
  },
});
const secret = await secrets.get(name);
if (secret === undefined) throw new Error("The secret is not there.");
await secrets.close();
