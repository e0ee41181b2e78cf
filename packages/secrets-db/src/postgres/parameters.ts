import { isSchemaName, schemaNameRule } from "../schema/schema-name.ts";

/** The parameters of a PostgreSQL URL, by their names. */
export type Parameters = ReadonlyMap<string, string>;

/** Says what a value must be. Undefined: it is fine. */
type Rule = (value: string) => string | undefined;

const any: Rule = () => undefined;
const notEmpty: Rule = (value) => (value === "" ? "must not be empty" : undefined);
const wholeNumber: Rule = (value) =>
  /^\d{1,9}$/.test(value) ? undefined : "must be a whole number, 0 or greater";
const oneOf =
  (...values: string[]): Rule =>
  (value) =>
    values.includes(value) ? undefined : `must be ${values.map((allowed) => `\`${allowed}\``).join(" or ")}`;
const flag = oneOf("0", "1");

const sslModes = oneOf("disable", "require", "no-verify", "verify-ca", "verify-full");
const sslMode: Rule = (value) =>
  value === "allow" || value === "prefer"
    ? `must not be \`${value}\`, since \`pg\` cannot try again without TLS. Use \`require\`, \`verify-full\`, or \`disable\``
    : sslModes(value);

const channelBinding: Rule = (value) =>
  value === "require"
    ? "must not be `require`, which `pg` cannot enforce. Use `prefer` together with `sslmode=verify-full`"
    : oneOf("prefer", "disable")(value);

const schema: Rule = (value) => (isSchemaName(value) ? undefined : schemaNameRule);

/** The parameters that are honoured. `docs/plugins/db.md` lists them. */
const honoured: Readonly<Record<string, Rule>> = {
  host: any,
  port: any,
  user: any,
  password: any,
  schema,
  sslmode: sslMode,
  ssl: oneOf("true", "1", "false", "0", "no-verify"),
  sslrootcert: notEmpty,
  sslcert: notEmpty,
  sslkey: notEmpty,
  channel_binding: channelBinding,
  application_name: any,
  fallback_application_name: any,
  options: any,
  connect_timeout: wholeNumber,
  keepalives: flag,
  keepalives_idle: wholeNumber,
  statement_timeout: wholeNumber,
  lock_timeout: wholeNumber,
  idle_in_transaction_session_timeout: wholeNumber,
  query_timeout: wholeNumber,
  // These are as they are without being set.
  client_encoding: oneOf("utf8", "UTF8", "utf-8", "UTF-8", "auto"),
  gssencmode: oneOf("disable"),
  pgbouncer: oneOf("true", "false"),
};

/**
 * Parameters of libpq, Prisma, JDBC and other clients that are not honoured. Only these are named in a message: the name
 * of any other can be a part of a password.
 */
const known = new Set(
  "channelBinding connection_limit connectionLimit connectTimeout currentSchema database dbname encoding gsslib gssdelegation hostaddr keepalives_count keepalives_interval krbsrvname load_balance_hosts loadBalanceHosts loggerLevel max min_protocol_version max_protocol_version passfile pool_max_conns pool_size pool_timeout prepareThreshold prepared_statements replication require_auth requirepeer requiressl role scram_client_key scram_server_key search_path service servicefile single_use_connections socket_timeout socketTimeout sslaccept sslcertmode sslcompression sslcrl sslcrldir sslfactory sslidentity sslkeylogfile sslnegotiation sslpassword sslsni ssl_max_protocol_version ssl_min_protocol_version statement_cache_size supa target_session_attrs targetServerType tcp_user_timeout timezone uselibpqcompat useLibpqCompat".split(
    " ",
  ),
);

const advice: Readonly<Record<string, string>> = {
  database: "Write the database behind the host: `postgres://host/database`",
  dbname: "Write the database behind the host: `postgres://host/database`",
  currentSchema: "Write `schema=…`",
  search_path: "Write `schema=…`",
  target_session_attrs:
    "Name a host that always leads to the primary, such as a proxy, a pooler, or a DNS name that follows it",
  sslidentity: "Write `sslcert=…` and `sslkey=…`, each the path of a PEM file",
  sslpassword: "Write `sslkey=…` with the path of a key that is not encrypted",
  sslaccept: "Write `sslmode=verify-full` or `sslmode=no-verify`",
};

/**
 * The parameters in the query of a URL, or what is wrong with them in a message that quotes no value.
 *
 * @param query with its question mark, or empty
 */
export function readParameters(query: string): Parameters | string {
  const parameters = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(query)) {
    const rule = Object.hasOwn(honoured, name) ? honoured[name] : undefined;
    if (rule === undefined) return notHonoured(name);
    if (parameters.has(name)) return `has the parameter \`${name}\` twice`;
    const problem = rule(value);
    if (problem !== undefined) return `has a parameter that is wrong: \`${name}\` ${problem}`;
    parameters.set(name, value);
  }
  return readTls(parameters);
}

function notHonoured(name: string): string {
  const supported = `Supported are ${Object.keys(honoured)
    .map((key) => `\`${key}\``)
    .join(", ")}`;
  if (!known.has(name)) return `has a parameter that is not supported. ${supported}`;
  return `has the parameter \`${name}\`, which is not supported. ${advice[name] ?? `Remove it. ${supported}`}`;
}

/** One way to say what TLS is to be: `sslmode`. */
function readTls(parameters: Map<string, string>): Parameters | string {
  const ssl = parameters.get("ssl");
  if (ssl !== undefined) {
    if (parameters.has("sslmode")) return "has the parameters `ssl` and `sslmode`. Keep `sslmode`";
    const modes: Readonly<Record<string, string>> = {
      "no-verify": "no-verify",
      false: "disable",
      0: "disable",
    };
    parameters.set("sslmode", modes[ssl] ?? "verify-full");
  }
  const hasFile = ["sslrootcert", "sslcert", "sslkey"].some((name) => parameters.has(name));
  if (hasFile && !parameters.has("sslmode")) parameters.set("sslmode", "verify-full");
  const mode = parameters.get("sslmode");
  if (parameters.get("sslrootcert") === "system") {
    if (mode !== "verify-full")
      return "has the parameter `sslrootcert=system`, which needs `sslmode=verify-full`";
    parameters.delete("sslrootcert");
  }
  if (mode === "verify-ca" && !parameters.has("sslrootcert"))
    return "has the parameter `sslmode=verify-ca`, which needs `sslrootcert=…`, the path of the authority's certificate";
  if (parameters.has("sslcert") !== parameters.has("sslkey"))
    return "has one of the parameters `sslcert` and `sslkey`. Set both: the paths of the client's certificate and of its private key";
  return parameters;
}
