import { createHmac } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { isSecretsError, type SecretsManager } from "@archestra/secrets-core";
import { logger } from "./json-logger.ts";

/** Answers the application's requests with its secrets. */
export function requestHandler(secrets: SecretsManager) {
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const answer = (status: number, body: object) => {
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    };
    try {
      const { pathname } = new URL(`http://localhost${request.url}`);
      const [, route, text] = pathname.split("/");
      switch (`${request.method} ${route}`) {
        // Vault is not queried, because a restart of this process would not repair it.
        case "GET healthz":
          return answer(200, { status: "alive" });
        case "GET readyz": {
          const { status, problems } = await secrets.check();
          return answer(status === "unavailable" ? 503 : 200, { status, problems });
        }
        case "GET signatures":
          return answer(200, { signature: await sign(secrets, text ?? "") });
        default:
          return answer(404, { error: "This route does not exist." });
      }
    } catch (error) {
      // A SecretsError contains no value of a secret, and its JSON is suitable for logs.
      logger.error({ error: isSecretsError(error) ? error.toJSON() : String(error) }, "A request failed.");
      if (response.headersSent) return void response.destroy();
      const passes = isSecretsError(error) && error.retryable;
      answer(passes ? 503 : 500, { error: passes ? "Try again later." : "The request failed." });
    }
  };
}

/** An HMAC under a key that stays in Vault and in this process. The key is read each time, so a new one takes effect immediately. */
async function sign(secrets: SecretsManager, text: string): Promise<string> {
  const secret = await secrets.get("signing_key");
  const key = secret?.value.key;
  if (typeof key !== "string")
    throw new Error(
      'The secret "signing_key" with a text "key" does not exist. Write it with `vault kv put`.',
    );
  return createHmac("sha256", key).update(text).digest("hex");
}
