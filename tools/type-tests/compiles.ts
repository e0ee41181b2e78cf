import { createSecretsManager, type Secret, SecretsManager, type SecretValue } from "@archestra/secrets-core";
import { dbPlugin, type Rotation } from "@archestra/secrets-db";
import { type } from "arktype";
import * as v from "valibot";
import { z } from "zod";
import { Injectable, type Provider } from "./nest-like.ts";

interface OAuthToken {
  accessToken: string;
  expiresAt?: number | undefined;
  scopes: readonly string[];
}
type Credentials = { kind: "basic"; password: string } | { kind: "oauth"; token: OAuthToken };
const Login = z.object({ user: z.string(), port: z.number().optional() });
const Loose = z.looseObject({ token: z.string() });

// #region token
export const provider: Provider<SecretsManager> = {
  provide: SecretsManager,
  useFactory: () => createSecretsManager({ plugins: [dbPlugin()] }),
};
// #endregion

@Injectable()
export class TokenService {
  constructor(private readonly secrets: SecretsManager) {}

  save = <T extends object>(name: string, value: T) => this.secrets.set(name, value);
  saveToken = <T extends OAuthToken>(name: string, token: T) => this.secrets.create(name, token);
  saveRecord = <T extends Record<string, unknown>>(name: string, record: T) => this.secrets.set(name, record);
  replace = <T extends object>(name: string, value: T) => this.secrets.update(name, () => value);
  replaceBy = <T extends OAuthToken>(name: string, next: (old: SecretValue) => Promise<T>) =>
    this.secrets.update(name, next);

  async store(token: OAuthToken, credentials: Credentials, record: Record<string, unknown>, text: string) {
    await this.secrets.create("interface", token);
    await this.secrets.set("union", credentials);
    await this.secrets.set("record", record);
    await this.secrets.set("any", JSON.parse(text));
    const parsed: unknown = JSON.parse(text);
    await this.secrets.set("unknown", parsed);
    await this.secrets.set("zod", Login.parse(parsed));
    await this.secrets.set("loose", Loose.parse(parsed));
    await this.secrets.set("literal", {
      url: process.env.URL ?? "https://example.com",
      ids: [1, 2],
      nested: { on: true, none: null },
    });
    await this.secrets.set("alternatives", Math.random() > 0.5 ? { token: text } : { password: text });
    await this.secrets[(await this.secrets.has("either")) ? "update" : "create"]("either", token);
    await this.secrets.update("function", (current) => ({ ...current, token }));
    await this.secrets.update("async", async () => parsed);
    await this.secrets.update("record", record, { ifVersion: "1" });
    const user: string | undefined = (await this.secrets.get("z", { schema: Login }))?.value.user;
    const accessToken: string | undefined = (
      await this.secrets.get("v", { schema: v.object({ accessToken: v.string() }) })
    )?.value.accessToken;
    const scope: string | undefined = (await this.secrets.get("a", { schema: type({ scope: "string" }) }))
      ?.value.scope;
    const copied = await this.secrets.get("copied");
    if (copied !== undefined) await this.secrets.inTransaction({}).set("copy", copied.value);
    const refreshed: number = (
      await this.secrets.refresh("o", {
        schema: v.object({ expiresAt: v.number() }),
        isFresh: ({ expiresAt }) => expiresAt > Date.now(),
        refresh: async (tokens, { signal }) => ({ ...tokens, isAborted: signal.aborted }),
      })
    ).value.expiresAt;
    return [user, accessToken, scope, String(refreshed)];
  }
}

const info = { manager: "FAKE" };
const values = new Map<string, SecretValue>();
const secretOf = (name: string, value: SecretValue): Secret => ({ ...info, name, value });

export const fake: SecretsManager = {
  create: async (name: string, value: SecretValue) => ({ ...info, name, value }),
  set: async (name: string, value: SecretValue) => {
    values.set(name, value);
    return { ...info, name };
  },
  get: async (name: string) => secretOf(name, values.get(name) ?? {}),
  getMany: async (names) => new Map(names.map((name) => [name, { status: "absent" }])),
  has: async (name) => values.has(name),
  history: async () => [],
  update: async (name: string) => ({ ...info, name }),
  refresh: async (name: string) => secretOf(name, values.get(name) ?? {}),
  delete: async () => true,
  async *list() {},
  inTransaction: () => fake,
  check: async () => ({ status: "healthy", problems: [] }),
  describe: () => {
    throw new Error("not used");
  },
  close: async () => {},
  [Symbol.asyncDispose]: async () => {},
};
export class FakeSecrets implements Pick<SecretsManager, "get" | "set"> {
  get = async () => undefined;
  async set(name: string, value: SecretValue) {
    values.set(name, value);
    return { ...info, name };
  }
}
export const partial: Pick<SecretsManager, "get"> = { get: async (name: string) => secretOf(name, {}) };
export const service = new TokenService(fake);
export const rotation: Pick<Rotation, "verify"> = {
  verify: async () => {
    throw new Error("not used");
  },
};
