import { createHash } from "node:crypto";
import type { SecretInfo, SecretsManager } from "@archestra/secrets-core";
import { BadRequest } from "./json-body.ts";

const PAGE = 1_000;

/** The application's credentials: tokens that it uses and never shows. */
export class Credentials {
  readonly #secrets: SecretsManager;

  constructor(secrets: SecretsManager) {
    this.#secrets = secrets;
  }

  // #region calls
  async create(name: string, body: Readonly<Record<string, unknown>>): Promise<object> {
    return shown(await this.#secrets.create(name, { token: tokenOf(body) }));
  }

  /** The fingerprint proves that the same token was read as before. Undefined: the credential does not exist. */
  async find(name: string): Promise<object | undefined> {
    const secret = await this.#secrets.get(name);
    if (secret === undefined) return undefined;
    return { ...shown(secret), fingerprint: fingerprint(String(secret.value.token)) };
  }

  async update(name: string, body: Readonly<Record<string, unknown>>): Promise<object> {
    return shown(await this.#secrets.update(name, { token: tokenOf(body) }));
  }

  delete(name: string): Promise<boolean> {
    return this.#secrets.delete(name);
  }

  async list(after: string | undefined): Promise<object[]> {
    const page: object[] = [];
    for await (const info of this.#secrets.list({ after, limit: PAGE })) page.push(shown(info));
    return page;
  }
  // #endregion
}

/** Includes the owner, to show how it changes. */
function shown({ name, manager, version }: SecretInfo): object {
  return { name, manager, version };
}

function tokenOf({ token }: Readonly<Record<string, unknown>>): string {
  if (typeof token === "string" && token !== "") return token;
  throw new BadRequest('The body must be {"token": "…"}.');
}

function fingerprint(token: string): string {
  return createHash("sha256").update(token).digest("hex").slice(0, 12);
}
