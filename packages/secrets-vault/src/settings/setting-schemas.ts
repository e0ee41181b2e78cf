import {
  refused,
  type SchemaResult,
  type StandardSchema,
  settingSchema,
} from "@archestra/secrets-core/plugin";
import { encodePath, PathProblem } from "../paths/encode-path.ts";
import type { KvVersion } from "../paths/secret-paths.ts";

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are refused
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u00a0\u2028\u2029\p{Default_Ignorable_Code_Point}]/u;

/** A path of Vault in a setting, such as a mount or a prefix: without `/v1`. A slash at either end is left out. */
export const vaultPath: StandardSchema<string> = settingSchema<string>((input) => {
  if (typeof input !== "string") return refused("must be a string");
  return sendable(input.trim().replace(/^\/|\/$/g, ""));
});

/** One segment of a path of Vault in a setting, such as a role or a user name: it has no slash. */
export const vaultSegment: StandardSchema<string> = settingSchema<string>((input) => {
  if (typeof input !== "string") return refused("must be a string");
  const segment = input.trim();
  return segment.includes("/") ? refused("must be one segment of a path, without `/`") : sendable(segment);
});

/** A path that can be sent as it is, once it is encoded. */
function sendable(path: string): SchemaResult<string> {
  if (UNPRINTABLE.test(path)) return refused("has a character that cannot be seen");
  try {
    encodePath(path);
  } catch (error) {
    if (!(error instanceof PathProblem)) throw error;
    return refused(error.message);
  }
  return { value: path };
}

/** `1` or `2`, in code also a number. */
export const kvVersionSetting = settingSchema<string | number, KvVersion>((input) => {
  const text = String(input).trim();
  return text === "1" || text === "2" ? { value: Number(text) as KvVersion } : refused("must be `1` or `2`");
});

const deactivating = new Set(["", "false", "0", "no", "off"]);

/** A switch that any text turns on, except `false`, `0`, `no` and `off`; in code also a boolean. No license is checked. */
export const licenseSetting = settingSchema<string | boolean, boolean>((input) => {
  if (typeof input === "boolean") return { value: input };
  if (typeof input === "string") return { value: !deactivating.has(input.trim().toLowerCase()) };
  return refused("must be a string or a boolean");
});
