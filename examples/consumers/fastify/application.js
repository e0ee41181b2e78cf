import { createSecretsManager } from "@archestra/secrets-core";
import { dbPlugin } from "@archestra/secrets-db";
import fastify from "fastify";

const application = fastify();
application.decorate("secrets", await createSecretsManager({ plugins: [dbPlugin()] }));
application.addHook("onClose", () => application.secrets.close());
application.get("/token", async () => {
  await application.secrets.set("github_token", { token: "ghp_not_a_real_token" });
  const secret = await application.secrets.get("github_token");
  return secret?.value.token;
});

const address = await application.listen({ port: 0 });
console.log(await (await fetch(`${address}/token`)).text());
await application.close();
