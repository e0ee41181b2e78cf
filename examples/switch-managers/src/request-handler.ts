import type { IncomingMessage, ServerResponse } from "node:http";
import {
  type FinalizeMigrationOptions,
  isSecretsError,
  type MigrateSecretsOptions,
  type SecretsErrorCode,
  type SecretsManager,
} from "@archestra/secrets-core";
import { Credentials } from "./credentials.ts";
import { BadRequest, jsonBody } from "./json-body.ts";
import { logger } from "./json-logger.ts";
import type { Migration } from "./migration.ts";

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** Answers the application's requests. */
export function requestHandler(secrets: SecretsManager, migration: Migration) {
  const credentials = new Credentials(secrets);
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { status, body } = await answerTo(request).catch(failure);
    response.writeHead(status, { "content-type": "application/json" }).end(`${JSON.stringify(body)}\n`);
  };

  async function answerTo(request: IncomingMessage): Promise<Answer> {
    const { pathname, searchParams } = new URL(`http://localhost${request.url}`);
    const { route, name } = routeOf(pathname);
    switch (`${request.method} ${route}`) {
      case "GET /credentials":
        return { status: 200, body: await credentials.list(searchParams.get("after") ?? undefined) };
      case "POST /credentials/{name}":
        return { status: 201, body: await credentials.create(name, await jsonBody(request)) };
      case "GET /credentials/{name}": {
        const found = await credentials.find(name);
        return found === undefined ? nothing() : { status: 200, body: found };
      }
      case "PUT /credentials/{name}":
        return { status: 200, body: await credentials.update(name, await jsonBody(request)) };
      case "DELETE /credentials/{name}":
        return (await credentials.delete(name)) ? { status: 200, body: { deleted: name } } : nothing();
      // #region manager
      case "GET /secrets-manager": {
        const health = await secrets.check({ count: true });
        return { status: 200, body: { ...secrets.describe(), health } };
      }
      case "POST /migration": {
        // Moves to the manager that the environment selects, unless the body names another.
        const options = { to: secrets.describe().manager, ...(await jsonBody(request)) };
        return begun(migration.migrate(options as MigrateSecretsOptions));
      }
      case "POST /migration/finalize":
        return begun(migration.finalize((await jsonBody(request)) as FinalizeMigrationOptions));
      case "GET /migration":
        return { status: 200, body: migration.state };
      // #endregion
      default:
        return { status: 404, body: { error: "This route does not exist." } };
    }
  }

  function begun(hasBegun: boolean): Answer {
    return { status: hasBegun ? 202 : 409, body: migration.state };
  }
}

/** A name may contain slashes: `team-a/slack` is one secret. */
function routeOf(pathname: string): { readonly route: string; readonly name: string } {
  const [, encoded] = /^\/credentials\/(.+)$/.exec(pathname) ?? [];
  if (encoded === undefined) return { route: pathname, name: "" };
  try {
    return { route: "/credentials/{name}", name: decodeURIComponent(encoded) };
  } catch {
    throw new BadRequest("The name is not percent-encoded correctly.");
  }
}

function nothing(): Answer {
  return { status: 404, body: { error: "This credential does not exist." } };
}

const statuses: Partial<Record<SecretsErrorCode, number>> = {
  INVALID_ARGUMENT: 400,
  NOT_FOUND: 404,
  ALREADY_EXISTS: 409,
  CONFLICT: 409,
};

function failure(error: unknown): Answer {
  if (error instanceof BadRequest) return { status: 400, body: { error: error.message } };
  if (!isSecretsError(error)) {
    logger.error({ error: String(error) }, "A request failed.");
    return { status: 500, body: { error: "The request failed." } };
  }
  const { code, reason, message, retryable } = error;
  const status = statuses[code] ?? (retryable ? 503 : 500);
  // A SecretsError contains no value of a secret, and its JSON is suitable for logs.
  if (status >= 500) logger.error({ error: error.toJSON() }, "A request failed.");
  return { status, body: { error: { code, reason, message } } };
}
