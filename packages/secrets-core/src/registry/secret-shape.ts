/*
 * Recognizes secrets in the wrong variable by their form. A setting that is shown can then reject them, and a message can
 * describe its input without quoting it.
 */

const PRIVATE_KEY = /-----BEGIN [A-Z0-9 ]*PRIVATE KEY/;
const PEM = /-----BEGIN [A-Z0-9 ]+/;
const JSON_WEB_TOKEN = /(?:^|[^\w-])eyJ[\w-]{8,}\.[\w-]{4,}\.[\w-]*/;
/** Tokens since Vault 1.10 and of OpenBao, optionally with a namespace after a dot. */
const VAULT_TOKEN = /^hv[sbr]\.[\w-]{12,}(?:\.\w+)?$/;
const VAULT_TOKEN_BEFORE_1_10 = /^(?:[sr]\.[A-Za-z0-9]{24}|b\.[\w-]{60,})(?:\.\w+)?$/;
const AUTHORIZATION = /^(?:bearer|basic)\s+\S{8,}/i;
const AGE_IDENTITY = /AGE-SECRET-KEY-/i;
const URL_WITH_PASSWORD = /^[a-z][a-z0-9+.-]*:\/\/[^/?#@:]*:[^/?#@]*@/i;
/** A password with a `/`, `?` or `#` that is not percent-encoded. The text before it has the form of a port. */
const URL_WITH_RAW_PASSWORD = /^([a-z][a-z0-9+.-]*):\/\/[^/?#@:]+:([^/?#@]*)[/?#].*@/is;

/** Describes a text that can only be a secret, without quoting it. Undefined: it need not be one. */
export function secretShape(text: string): string | undefined {
  const bare = text.trim().replace(/^(["'])(.*)\1$/s, "$2");
  if (PRIVATE_KEY.test(bare)) return "a private key in PEM";
  if (JSON_WEB_TOKEN.test(bare)) return "a JSON web token";
  if (VAULT_TOKEN.test(bare) || VAULT_TOKEN_BEFORE_1_10.test(bare)) return "a Vault token";
  if (AUTHORIZATION.test(bare)) return "an authorization header";
  if (AGE_IDENTITY.test(bare)) return "a secret key of age";
  if (URL_WITH_PASSWORD.test(bare) || hasRawPassword(bare)) return "a URL with a password";
  return undefined;
}

/** Describes a text that cannot be the path of a file, without quoting it. Undefined: it can be one. */
export function contradictionOfPath(text: string): string | undefined {
  const shape = secretShape(text);
  if (shape !== undefined) return shape;
  if (PEM.test(text)) return "PEM text";
  if (/[\r\n]/.test(text.trim())) return "several lines";
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(text.trim())) return "a URL";
  return undefined;
}

/** `https://host:8200/a@b` has no password; the text after the colon of a database's URL usually is one. */
function hasRawPassword(text: string): boolean {
  const [, scheme = "", port = ""] = URL_WITH_RAW_PASSWORD.exec(text) ?? [];
  if (scheme === "") return false;
  return !/^https?$/i.test(scheme) || !/^\d{1,5}$/.test(port) || Number(port) > 65_535;
}
