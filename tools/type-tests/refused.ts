import type { Secret } from "@archestra/secrets-core";
import { SecretsManager } from "@archestra/secrets-core";
import type { Rotation } from "@archestra/secrets-db";
import { z } from "zod";

declare const secrets: SecretsManager;
declare const rotation: Rotation;
declare const token: { accessToken: string } | undefined;
declare const secret: Secret;

// @ts-expect-error a manager is opened by createSecretsManager
new SecretsManager();
// @ts-expect-error a string is not an object
secrets.set("string", "token");
// @ts-expect-error a number is not an object
secrets.create("number", 1);
// @ts-expect-error an array is not an object of JSON
secrets.set("array", ["token"]);
// @ts-expect-error a function is not JSON
secrets.set("function", () => ({ token: "t" }));
// @ts-expect-error the value is forgotten
secrets.set("undefined", undefined);
// @ts-expect-error the value can be undefined
secrets.set("optional", token);
// @ts-expect-error a required property may be undefined
secrets.set("environment", { token: process.env.TOKEN });
// @ts-expect-error the same inside of an object
secrets.update("environment", { nested: { token: process.env.TOKEN } });
// @ts-expect-error an array has no properties to leave out
secrets.set("list", { tokens: [process.env.TOKEN] });
// @ts-expect-error a promise is not awaited
secrets.set("promise", Promise.resolve({ token: "t" }));
// @ts-expect-error a date has no entries
secrets.set("date", new Date());
// @ts-expect-error the entries of a map are not those of an object
secrets.set("map", new Map([["token", "t"]]));
// @ts-expect-error a URL is an instance of a class
secrets.set("url", { nested: { url: new URL("https://example.com") } });
// @ts-expect-error JSON has no bytes
secrets.set("bytes", { certificate: new Uint8Array() });
// @ts-expect-error JSON has no bigints
secrets.update("bigint", () => ({ count: 1n }));
// @ts-expect-error JSON has no symbols
secrets.update("symbol", { kind: Symbol("kind") });
// @ts-expect-error JSON has no methods
secrets.set("method", { token: "t", refresh() {} });
// @ts-expect-error JSON has no dates
secrets.set("dates", { tokens: [{ token: "t", expiresAt: new Date() }] });
// @ts-expect-error a date that a schema makes is not JSON
secrets.set("schema", z.object({ at: z.date() }).parse({}));
// @ts-expect-error what may be a string is not an object
export const save = <T>(value: T) => secrets.set("unconstrained", value);
// @ts-expect-error a type parameter with a date is not JSON
export const saveDate = <T extends { at: Date }>(value: T) => secrets.set("generic", value);
// @ts-expect-error a value is read-only
secret.value.token = "another";
// @ts-expect-error a secret can be absent
(await secrets.get("absent")).value;
// @ts-expect-error a number is not what the schema gives
const port: number | undefined = (await secrets.get("typed", { schema: z.object({ port: z.string() }) }))
  ?.value.port;
// @ts-expect-error a fake has to answer what the manager answers
export const fake: Pick<SecretsManager, "has"> = { has: async () => "yes" };
// @ts-expect-error there is no such call
rotation.rotate();
void port;
