import { once } from "node:events";
import { createSecretsManager } from "@archestra/secrets-core";
import { dbPlugin } from "@archestra/secrets-db";
import { serve } from "@hono/node-server";
import { Hono } from "hono";

const secrets = await createSecretsManager({ plugins: [dbPlugin()] });
const application = new Hono();
application.get("/token", async (context) => {
  await secrets.set("github_token", { token: "ghp_not_a_real_token" });
  const secret = await secrets.get("github_token");
  return context.text(secret?.value.token);
});

const server = serve({ fetch: application.fetch, port: 0 });
await once(server, "listening");
const answer = await fetch(`http://localhost:${server.address().port}/token`);
console.log(await answer.text());
server.close();
server.closeAllConnections();
await secrets.close();
