// src/errors/printable-text.ts
var unprintable = new RegExp("[^\\p{L}\\p{M}\\p{N}\\p{P}\\p{S} ]|\\p{Default_Ignorable_Code_Point}", "gu");
var unprintableInLines = new RegExp("[^\\p{L}\\p{M}\\p{N}\\p{P}\\p{S} \\n]|\\p{Default_Ignorable_Code_Point}", "gu");
var plain = /^[ -~]*$/;
var plainLines = /^[ -~\n]*$/;
var LONGEST_TEXT = 200;
function printableText(text, longest = LONGEST_TEXT) {
  const cut = text.length > longest ? `${text.slice(0, longest)}\u2026` : text;
  return plain.test(cut) ? cut : cut.replace(unprintable, escaped);
}
function quotedText(text) {
  const longestName = 512;
  const cut = text.length > longestName ? `${text.slice(0, longestName)}\u2026` : text;
  return printableText(JSON.stringify(cut), Number.POSITIVE_INFINITY);
}
function printableMessage(message) {
  return plainLines.test(message) ? message : message.replace(unprintableInLines, escaped);
}
function escaped(character) {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}

// src/errors/error-codes.ts
var errorCodes = {
  NOT_FOUND: { retryable: false, meaning: "the secret does not exist" },
  ALREADY_EXISTS: { retryable: false, meaning: "a secret of this name exists already" },
  CONFLICT: {
    retryable: true,
    meaning: "the secret was changed meanwhile; read it again and repeat the change"
  },
  INVALID_ARGUMENT: { retryable: false, meaning: "the store cannot hold this name or value" },
  INVALID_CONFIGURATION: { retryable: false, meaning: "the configuration is wrong" },
  UNAUTHENTICATED: { retryable: false, meaning: "the store refused the credentials" },
  PERMISSION_DENIED: { retryable: false, meaning: "the credentials do not permit this" },
  UNAVAILABLE: { retryable: true, meaning: "the store cannot be reached or does not serve requests now" },
  RATE_LIMITED: { retryable: true, meaning: "the store asks for fewer requests" },
  TIMEOUT: { retryable: true, meaning: "the deadline passed; nothing was changed" },
  ABORTED: { retryable: false, meaning: "the call was aborted; nothing was changed" },
  DECRYPTION_FAILED: { retryable: false, meaning: "the stored value does not open" },
  INVALID_VALUE: { retryable: false, meaning: "the stored value is not of the expected shape" },
  OUTCOME_UNKNOWN: {
    retryable: false,
    meaning: "the change was sent and its outcome could not be found out; read the secret before you repeat it"
  },
  UNSUPPORTED: { retryable: false, meaning: "the store cannot do this" },
  CLOSED: { retryable: false, meaning: "the secrets manager is closed" },
  INTERNAL: { retryable: false, meaning: "the store failed in a way that its plugin does not know" }
};
function isSecretsErrorCode(code) {
  return typeof code === "string" && Object.hasOwn(errorCodes, code);
}

// src/errors/sanitized-cause.ts
var identifier = /^[A-Za-z_][A-Za-z0-9_.]{0,63}$/;
var errorCode = /^[A-Z0-9][A-Z0-9_]{0,47}$/;
function sanitizeCause(error) {
  const cause = { name: "Error" };
  if (typeof error !== "object" || error === null) return { name: typeof error };
  const name = readProperty(error, "name");
  if (typeof name === "string" && identifier.test(name)) cause.name = name;
  const code = readProperty(error, "code");
  if (typeof code === "number" || typeof code === "string" && errorCode.test(code)) cause.code = code;
  const status = readProperty(error, "status") ?? readProperty(error, "statusCode");
  if (typeof status === "number") cause.status = status;
  return cause;
}
function readProperty(object, key) {
  try {
    return object[key];
  } catch {
    return void 0;
  }
}

// src/errors/secrets-error.ts
var brand = /* @__PURE__ */ Symbol.for("@archestra/secrets-core/SecretsError");
var LONGEST_NAME = 1024;
var SecretsError = class extends Error {
  /** What happened, as a stable code. */
  code;
  /** Whether the same call can succeed later without a change by anybody. */
  retryable;
  /**
   * @param code what happened
   * @param message what happened, to which secret, and what to try; it must not quote a value
   * @param options what else is known
   */
  constructor(code, message, options = {}) {
    super(
      printableMessage(message),
      options.cause === void 0 ? void 0 : { cause: sanitizeCause(options.cause) }
    );
    this.code = code;
    this.retryable = options.retryable ?? errorCodes[code].retryable;
    if (options.reason !== void 0) this.reason = options.reason;
    if (options.operation !== void 0) this.operation = options.operation;
    if (options.manager !== void 0) this.manager = printableText(options.manager);
    if (options.secretName !== void 0) this.secretName = printableText(options.secretName, LONGEST_NAME);
  }
  static {
    this.prototype.name = "SecretsError";
    Object.defineProperty(this, "name", { value: "SecretsError" });
    Object.defineProperty(this.prototype, brand, { value: true });
  }
  /** What a logger that serialises errors as JSON gets: everything that is safe, and no stack. */
  toJSON() {
    const { name, message, code, retryable, reason, operation, manager, secretName, cause } = this;
    return { name, message, code, retryable, reason, operation, manager, secretName, cause };
  }
};
function isSecretsError(error, code) {
  if (typeof error !== "object" || error === null) return false;
  const branded = error;
  return branded[brand] === true && (code === void 0 || branded.code === code);
}

// src/errors/configuration-error.ts
var ConfigurationError = class extends SecretsError {
  /** One entry for each problem, in the order in which the settings are declared. */
  issues;
  /**
   * @param headline what could not be done, one sentence
   * @param issues at least one
   */
  constructor(headline, issues) {
    super("INVALID_CONFIGURATION", [headline, ...issues.map(describeIssue)].join("\n  - "));
    this.issues = Object.freeze(
      issues.map((issue) => Object.freeze({ ...issue, expected: printableMessage(issue.expected) }))
    );
  }
  static {
    this.prototype.name = "ConfigurationError";
    Object.defineProperty(this, "name", { value: "ConfigurationError" });
  }
  toJSON() {
    return { ...super.toJSON(), issues: this.issues };
  }
};
function describeIssue(issue) {
  const option2 = issue.option === void 0 ? void 0 : `option \`${issue.option}\``;
  const setting = [issue.variable, option2].filter((part) => part !== void 0).join(" or ");
  return setting === "" ? issue.expected : `${setting}: ${issue.expected}`;
}

// src/backend/logger.ts
var processWarnings = {
  warn({ code }, message) {
    process.emitWarning(message, { type: "SecretsWarning", code });
  }
};

// src/backend/printable-logger.ts
var DEEPEST_FIELD = 4;
var LONGEST_FIELD = 1e4;
function printableLogger(logger) {
  return {
    warn(fields, message) {
      logger.warn(printableField(fields, DEEPEST_FIELD), printableMessage(message));
    }
  };
}
function printableField(field, levels) {
  if (typeof field === "string") return printableText(field, LONGEST_FIELD);
  if (typeof field !== "object" || field === null || levels === 0) return field;
  if (Array.isArray(field)) return field.map((entry) => printableField(entry, levels - 1));
  const prototype = Object.getPrototypeOf(field);
  if (prototype !== Object.prototype && prototype !== null) return field;
  return Object.fromEntries(
    Object.entries(field).map(([key, entry]) => [printableText(key), printableField(entry, levels - 1)])
  );
}

// src/registry/kind.ts
function defineKind(id, options = {}) {
  return Object.freeze({ id, contractVersions: Object.freeze([...options.contractVersions ?? [1]]) });
}
var backend = defineKind("backend");

// src/registry/published-plugins.ts
var publishedPlugins = {
  backend: {
    DB: "@archestra/secrets-db",
    VAULT: "@archestra/secrets-vault",
    MEMORY: "@archestra/secrets-core/memory"
  },
  "vault-auth": {
    TOKEN: "@archestra/vault-auth-token",
    K8S: "@archestra/vault-auth-k8s",
    AWS: "@archestra/vault-auth-aws",
    APPROLE: "@archestra/vault-auth-approle",
    JWT: "@archestra/vault-auth-jwt",
    AGENT: "@archestra/secrets-vault"
  }
};
function packageOfPlugin(kindId, pluginId) {
  const packages = publishedPlugins[kindId];
  const id = pluginId.toUpperCase();
  return packages !== void 0 && Object.hasOwn(packages, id) ? packages[id] : void 0;
}

// src/registry/environment.ts
function readVariable(env, name) {
  const text = env[name];
  return text === void 0 || text.trim() === "" ? void 0 : text;
}

// src/registry/plugin.ts
var brand2 = /* @__PURE__ */ Symbol.for("@archestra/secrets-core/Plugin");
var optionsKey = /* @__PURE__ */ Symbol.for("@archestra/secrets-core/Plugin.options");
function definePlugin(definition) {
  const { kind, id, contractVersion, fallback, references, options = {}, settings, create } = definition;
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    throw new TypeError(`The options of the plugin ${id} must be an object.`);
  }
  const given = { ...options };
  for (const key of Object.keys(given)) {
    if (Object.hasOwn(settings, key)) continue;
    const known = Object.keys(settings).join(", ") || "none";
    throw new TypeError(`The plugin ${id} has no option \`${key}\`. Its options: ${known}.`);
  }
  const plugin = {
    kind,
    id,
    contractVersion,
    ...fallback === void 0 ? {} : { fallback },
    ...references === void 0 ? {} : { references },
    settings: Object.freeze({ ...settings }),
    create
  };
  Object.defineProperty(plugin, optionsKey, { value: () => given });
  Object.defineProperty(plugin, brand2, { value: true });
  return Object.freeze(plugin);
}
function isPlugin(candidate) {
  return typeof candidate === "object" && candidate !== null && candidate[brand2] === true;
}
function pluginOptions(plugin) {
  return plugin[optionsKey]();
}

// src/registry/secret-shape.ts
var PRIVATE_KEY = /-----BEGIN [A-Z0-9 ]*PRIVATE KEY/;
var PEM = /-----BEGIN [A-Z0-9 ]+/;
var JSON_WEB_TOKEN = /(?:^|[^\w-])eyJ[\w-]{8,}\.[\w-]{4,}\.[\w-]*/;
var VAULT_TOKEN = /^hv[sbr]\.[\w-]{12,}(?:\.\w+)?$/;
var VAULT_TOKEN_BEFORE_1_10 = /^(?:[sr]\.[A-Za-z0-9]{24}|b\.[\w-]{60,})(?:\.\w+)?$/;
var AUTHORIZATION = /^(?:bearer|basic)\s+\S{8,}/i;
var AGE_IDENTITY = /AGE-SECRET-KEY-/i;
var URL_WITH_PASSWORD = /^[a-z][a-z0-9+.-]*:\/\/[^/?#@:]*:[^/?#@]*@/i;
var URL_WITH_RAW_PASSWORD = /^([a-z][a-z0-9+.-]*):\/\/[^/?#@:]+:([^/?#@]*)[/?#].*@/is;
function secretShape(text) {
  const bare = text.trim().replace(/^(["'])(.*)\1$/s, "$2");
  if (PRIVATE_KEY.test(bare)) return "a private key in PEM";
  if (JSON_WEB_TOKEN.test(bare)) return "a JSON web token";
  if (VAULT_TOKEN.test(bare) || VAULT_TOKEN_BEFORE_1_10.test(bare)) return "a Vault token";
  if (AUTHORIZATION.test(bare)) return "an authorization header";
  if (AGE_IDENTITY.test(bare)) return "a secret key of age";
  if (URL_WITH_PASSWORD.test(bare) || hasRawPassword(bare)) return "a URL with a password";
  return void 0;
}
function contradictionOfPath(text) {
  const shape = secretShape(text);
  if (shape !== void 0) return shape;
  if (PEM.test(text)) return "PEM text";
  if (/[\r\n]/.test(text.trim())) return "several lines";
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(text.trim())) return "a URL";
  return void 0;
}
function hasRawPassword(text) {
  const [, scheme = "", port = ""] = URL_WITH_RAW_PASSWORD.exec(text) ?? [];
  if (scheme === "") return false;
  return !/^https?$/i.test(scheme) || !/^\d{1,5}$/.test(port) || Number(port) > 65535;
}

// src/registry/setting-schemas.ts
var booleanSetting = schema((input) => {
  if (typeof input === "boolean") return input;
  switch (String(input).trim().toLowerCase()) {
    case "true":
    case "1":
    case "yes":
    case "on":
      return true;
    case "false":
    case "0":
    case "no":
    case "off":
      return false;
    default:
      return void 0;
  }
}, "must be `true` or `false`");
var stringSetting = schema(
  (input) => typeof input === "string" ? input : void 0,
  "must be a string"
);
function schema(parse, expected) {
  const validate = (input) => {
    const value = parse(input);
    return value === void 0 ? { issues: [{ message: expected }] } : { value };
  };
  return Object.freeze({ "~standard": Object.freeze({ version: 1, vendor: "archestra", validate }) });
}

// src/registry/parse-setting.ts
var REFUSED = "has a value that is not accepted";
var QUOTATION_LENGTH = 8;
var MAX_LENGTH_OF_WORDS = 1e3;
function parseSetting(declaration, input) {
  const { name, description, schema: schema2 = stringSetting } = declaration;
  const result = validateSafely(schema2, input);
  if (result instanceof Promise) {
    result.catch(() => void 0);
    throw new TypeError(`The schema of ${name} is asynchronous; settings are parsed synchronously.`);
  }
  const misplaced = misplacedSecret(declaration, input);
  if (result.issues === void 0) {
    return misplaced === void 0 ? { value: result.value } : { problem: `${misplaced}. ${description}` };
  }
  const words = result.issues.map((issue) => issue.message).join("; ");
  const shown = mayShow(words, declaration, input) ? words : REFUSED;
  const hint = misplaced === void 0 ? "" : ` It ${misplaced}.`;
  return { problem: `${shown}.${hint} ${description}` };
}
function misplacedSecret({ secret, path }, input) {
  if (secret || typeof input !== "string") return void 0;
  const contradiction = path === true ? contradictionOfPath(input) : void 0;
  if (contradiction !== void 0) return `must be the path of a file, and holds ${contradiction}`;
  const shape = secretShape(input);
  if (shape === void 0) return void 0;
  return `holds ${shape}. This setting takes no secret, since messages and descriptions show it; set a secret in its own variable`;
}
function mayShow(words, declaration, input) {
  const { schema: schema2, schemaWordsAreSafe = false, secret = false } = declaration;
  if (schema2 === void 0 || schema2 === booleanSetting || schemaWordsAreSafe) return true;
  return !secret && words.length <= MAX_LENGTH_OF_WORDS && !quotes(words, input);
}
function quotes(words, input) {
  if (typeof input !== "string") return typeof input === "object" && input !== null;
  const [shown, given] = [words.toLowerCase(), input.trim().toLowerCase()];
  if (given.length <= QUOTATION_LENGTH) return shown.includes(given);
  for (let start = 0; start + QUOTATION_LENGTH <= shown.length; start++) {
    if (given.includes(shown.slice(start, start + QUOTATION_LENGTH))) return true;
  }
  return false;
}
function validateSafely(schema2, input) {
  try {
    return schema2["~standard"].validate(input);
  } catch {
    return { issues: [{ message: "is nothing that its schema can parse" }] };
  }
}

// src/registry/setting-problem.ts
var SettingProblem = class extends Error {
  problem;
  constructor(problem, message) {
    super(message);
    this.problem = problem;
  }
};

// src/registry/read-secret-file.ts
function readSecretFile(path, name, readFile) {
  let content;
  try {
    content = readFile(path);
  } catch (error) {
    throw new SettingProblem("unreadable", unreadable(path, name, sanitizeCause(error).code));
  }
  if (typeof content !== "string") throw new TypeError("The option `readFile` must return a string.");
  const value = content.replace(/\r?\n$/, "");
  if (value.trim() === "") {
    throw new SettingProblem(
      "invalid",
      `the file ${JSON.stringify(path)} that ${name}_FILE names is empty. Write the secret into it, or unset ${name}_FILE.`
    );
  }
  return value;
}
function unreadable(path, name, code) {
  const contradiction = contradictionOfPath(path);
  if (contradiction !== void 0) {
    return `${name}_FILE holds ${contradiction} and not the path of a file. If that is the secret itself, set ${name} instead of ${name}_FILE.`;
  }
  if (code === "ETIMEDOUT") {
    return `the file that ${name}_FILE names is a pipe, and no process wrote into it within two seconds (${code}). Start the process that writes the secret first, or use a regular file.`;
  }
  const why = code === void 0 ? "" : ` (${code})`;
  const isPath = /[/\\]/.test(path);
  const mistake = isPath ? "" : ` Its text has no \`/\`: if it is the secret itself, set ${name} instead of ${name}_FILE.`;
  return code === "ENOENT" || code === "ENOTDIR" ? `the file that ${name}_FILE names does not exist${why}. Mount it, or correct the path.${mistake}` : `the file that ${name}_FILE names cannot be read${why}. Let this process read it, or correct the path.${mistake}`;
}

// src/registry/read-text-file.ts
var START_TIMEOUT = 2e3;
var READ_TIMEOUT = 5e3;
var POLL_INTERVAL = 10;
var CHUNK = 64 * 1024;
function readTextFile(path) {
  const fs = process.getBuiltinModule("node:fs");
  const file = fs.openSync(path, fs.constants.O_RDONLY | (fs.constants.O_NONBLOCK ?? 0));
  try {
    if (!fs.fstatSync(file).isFIFO()) return fs.readFileSync(file, "utf8");
    const pipe = new PipeText(START_TIMEOUT);
    const chunk = Buffer.alloc(CHUNK);
    const pause = new Int32Array(new SharedArrayBuffer(4));
    for (; ; ) {
      if (pipe.take(
        chunk,
        bytesOf(() => fs.readSync(file, chunk))
      ))
        return pipe.text;
      Atomics.wait(pause, 0, 0, POLL_INTERVAL);
    }
  } finally {
    fs.closeSync(file);
  }
}
async function readFileInTime(path, signal) {
  const { constants } = process.getBuiltinModule("node:fs");
  const { open } = process.getBuiltinModule("node:fs/promises");
  signal?.throwIfAborted();
  const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    if (!(await file.stat()).isFIFO()) return await file.readFile("utf8");
    return await readPipe(file, signal);
  } finally {
    await file.close();
  }
}
async function readPipe(file, signal) {
  const pipe = new PipeText(READ_TIMEOUT);
  const chunk = Buffer.alloc(CHUNK);
  for (; ; ) {
    const { bytesRead } = await file.read(chunk, 0, CHUNK, null).catch((error) => {
      if (isEmptyPipe(error)) return { bytesRead: void 0 };
      throw error;
    });
    if (pipe.take(chunk, bytesRead)) return pipe.text;
    await new Promise((resolve) => setTimeout(resolve, POLL_INTERVAL));
    signal?.throwIfAborted();
  }
}
var PipeText = class {
  #parts = [];
  #timeout;
  #startedAt = performance.now();
  constructor(timeout) {
    this.#timeout = timeout;
  }
  get text() {
    return Buffer.concat(this.#parts).toString("utf8");
  }
  /**
   * Takes what was read.
   *
   * @param bytes how many bytes of the chunk. 0: no process has the other end open. Undefined: none wrote anything yet
   * @returns whether it is complete
   */
  take(chunk, bytes) {
    if (bytes === 0 && this.#parts.length > 0) return true;
    if (bytes !== void 0 && bytes > 0) this.#parts.push(Buffer.from(chunk.subarray(0, bytes)));
    if (performance.now() - this.#startedAt < this.#timeout) return false;
    throw Object.assign(new Error("Nothing was written into the pipe in time."), { code: "ETIMEDOUT" });
  }
};
function bytesOf(read) {
  try {
    return read();
  } catch (error) {
    if (isEmptyPipe(error)) return void 0;
    throw error;
  }
}
function isEmptyPipe(error) {
  return error.code === "EAGAIN";
}

// src/registry/read-setting.ts
function readSetting(request, reader) {
  const { declaration, given } = request;
  const issueOf = (problem, expected) => ({
    problem,
    variable: declaration.name,
    ...request.option === void 0 ? {} : { option: request.option },
    ...request.plugin === void 0 ? {} : { plugin: request.plugin },
    expected
  });
  if (declaration.live && typeof given === "function")
    return { source: "option", value: liveOption(request) };
  let found;
  try {
    found = findInput(request, reader);
  } catch (error) {
    if (!(error instanceof SettingProblem)) throw error;
    return { source: "variable", issue: issueOf(error.problem, error.message) };
  }
  if (found.source === "unset") return { source: "unset", value: void 0 };
  const parsed = parseSetting(declaration, found.input);
  if (parsed.problem !== void 0)
    return { source: found.source, issue: issueOf("invalid", parsed.problem) };
  if (declaration.countsAsMissing?.(parsed.value)) return { source: "unset", value: void 0 };
  const value = declaration.live ? liveVariable(request, reader, found.source === "file") : parsed.value;
  return isShown(declaration, found) ? { source: found.source, value, text: found.input } : { source: found.source, value };
}
var MAX_SHOWN_LENGTH = 1e3;
var UNPRINTABLE = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\p{Bidi_Control}]/u;
function isShown({ secret, path }, found) {
  const { source, input } = found;
  if (secret || typeof input !== "string") return false;
  if (path && source !== "default") return false;
  return input.length <= MAX_SHOWN_LENGTH && !UNPRINTABLE.test(input);
}
function missingSetting(request) {
  const { declaration } = request;
  const alternative = declaration.requiredUnless === void 0 ? "" : `, unless ${declaration.requiredUnless} is`;
  const file = declaration.secret ? ` (or ${declaration.name}_FILE, the path of a file that holds it)` : "";
  const remedy = declaration.remedy === void 0 ? "" : ` ${declaration.remedy}`;
  return {
    problem: "missing",
    variable: declaration.name,
    ...request.option === void 0 ? {} : { option: request.option },
    ...request.plugin === void 0 ? {} : { plugin: request.plugin },
    expected: `must be set${file}${alternative}. ${declaration.description}${remedy}`
  };
}
function findInput({ declaration, given }, { env, readFile }) {
  if (given !== void 0 && !isBlank(given)) return { source: "option", input: given };
  const text = readVariable(env, declaration.name);
  const path = declaration.secret ? readVariable(env, `${declaration.name}_FILE`) : void 0;
  if (text !== void 0 && path !== void 0) {
    throw new SettingProblem("conflict", `is set, and so is ${declaration.name}_FILE. Set one of the two.`);
  }
  if (text !== void 0) return { source: "variable", input: text };
  if (path !== void 0) return { source: "file", input: readSecretFile(path, declaration.name, readFile) };
  return declaration.default === void 0 ? { source: "unset" } : { source: "default", input: declaration.default };
}
function liveOption(request) {
  const read = request.given;
  return live(true, async () => parseLive(request.declaration, await read()));
}
function liveVariable(request, reader, mayChange) {
  return live(mayChange, async () => {
    const read = await readAhead(request.declaration, reader);
    let found;
    try {
      found = findInput(request, read);
    } catch (error) {
      if (!(error instanceof SettingProblem)) throw error;
      throw new SecretsError("INVALID_CONFIGURATION", `${request.declaration.name}: ${error.message}`);
    }
    return parseLive(request.declaration, found.input);
  });
}
function live(mayChange, read) {
  return Object.assign(read, { mayChange });
}
async function readAhead({ name, secret }, { env, readFile }) {
  const path = secret === true ? readVariable(env, `${name}_FILE`) : void 0;
  if (path === void 0 || readFile !== readTextFile) return { env, readFile };
  const [outcome] = await Promise.allSettled([readFileInTime(path)]);
  if (outcome.status === "fulfilled") return { env, readFile: () => outcome.value };
  if (outcome.reason.code === "ETIMEDOUT") throw nothingWritten(name);
  return {
    env,
    readFile: () => {
      throw outcome.reason;
    }
  };
}
function nothingWritten(name) {
  return new SecretsError(
    "UNAVAILABLE",
    `The file that ${name}_FILE names is a pipe, and no process wrote into it in time. Start the process that writes the secret, or use a regular file.`,
    { reason: "PIPE_EMPTY" }
  );
}
function parseLive(declaration, input) {
  const parsed = parseSetting(declaration, input);
  if (parsed.problem === void 0) return parsed.value;
  throw new SecretsError("INVALID_CONFIGURATION", `${declaration.name}: ${parsed.problem}`);
}
function isBlank(given) {
  return typeof given === "string" && given.trim() === "";
}

// src/registry/resolve-plugin.ts
function resolvePlugin(plugin, registry, reader, purpose = "secrets") {
  const given = pluginOptions(plugin);
  const values = {};
  const slots = {};
  const issues = [];
  const settings = [];
  const unset = [];
  for (const [option2, declaration] of Object.entries(plugin.settings)) {
    switch (declaration.type) {
      case "option":
        values[option2] = given[option2];
        settings.push({
          plugin: plugin.id,
          option: option2,
          source: given[option2] === void 0 ? "unset" : "option"
        });
        break;
      case "variable": {
        const request = { declaration, plugin: plugin.id, option: option2, given: given[option2] };
        const read = readSetting(request, reader);
        if (read.issue !== void 0) issues.push(read.issue);
        else values[option2] = read.value;
        if (read.source === "unset") unset.push(request);
        settings.push({
          plugin: plugin.id,
          option: option2,
          variable: declaration.name,
          source: read.source,
          ...read.issue === void 0 && read.text !== void 0 ? { value: read.text } : {}
        });
        break;
      }
      case "slot": {
        const choice = resolveSlot(declaration, option2, plugin, registry, reader);
        if (choice.chosen !== void 0) {
          slots[option2] = choice.chosen;
          issues.push(...choice.chosen.issues);
        }
        if (choice.issue !== void 0) issues.push(choice.issue);
        settings.push(choice.setting, ...choice.chosen?.settings ?? []);
        break;
      }
    }
  }
  const isUnset = (name) => unset.some((request) => request.declaration.name === name);
  const required = unset.filter(({ declaration }) => isRequired(declaration, isUnset));
  const isSpared = ({ declaration }) => purpose === "references" && declaration.neededFor === "secrets";
  const missing = required.filter((request) => !isSpared(request)).map(missingSetting);
  const neededForSecrets = required.filter(isSpared).map(missingSetting);
  return { plugin, values, slots, issues: [...missing, ...issues], neededForSecrets, settings };
}
function resolveSlot(declaration, option2, owner, registry, reader) {
  const given = pluginOptions(owner)[option2];
  if (given !== void 0 && typeof given !== "string") {
    throw new TypeError(`The option \`${option2}\` of the plugin ${owner.id} must be the id of a plugin.`);
  }
  const text = given ?? readVariable(reader.env, declaration.variable);
  const source = given !== void 0 ? "option" : text !== void 0 ? "variable" : "default";
  const id = text ?? declaration.default;
  const setting = { plugin: owner.id, option: option2, variable: declaration.variable, source };
  const choice = registry.choose(declaration.kind, id, declaration.variable);
  if (choice.issue !== void 0) return { issue: { option: option2, ...choice.issue }, setting };
  return {
    chosen: resolvePlugin(choice.plugin, registry, reader),
    setting: { ...setting, value: id }
  };
}
function isRequired(declaration, isUnset) {
  if (declaration.requiredUnless !== void 0) return isUnset(declaration.requiredUnless);
  return declaration.required === true;
}

// src/registry/fallback-rule.ts
function applyFallback(asked, registry, strict, reader) {
  const { issues, plugin } = asked;
  if (issues.length === 0) return { resolved: asked };
  const onlyMissing = issues.every((issue) => issue.problem === "missing");
  if (plugin.fallback === void 0 || strict || !onlyMissing) return { issues };
  const substitute = registry.find(backend, plugin.fallback);
  if (substitute === void 0) {
    const published = packageOfPlugin(backend.id, plugin.fallback) ?? `the plugin ${plugin.fallback}`;
    const expected = `With ${published} among the plugins, ${plugin.fallback} would take over while settings of ${plugin.id} are missing.`;
    return { issues: [...issues, { problem: "unknown", expected }] };
  }
  const resolved = resolvePlugin(substitute, registry, reader);
  if (resolved.issues.length > 0) return { issues: [...issues, ...resolved.issues] };
  return { resolved, fallback: { from: plugin.id, to: substitute.id, missing: issues } };
}
function fallbackWarning(fallback, destination, isEmpty) {
  const lines = fallback.missing.map((issue) => `
  - ${describeIssue(issue)}`).join("");
  const invisible = isEmpty ? ` It holds no secret yet: secrets kept in ${fallback.from} are not visible.` : "";
  return `The secrets manager ${fallback.from} was asked for and is not configured; ${fallback.to} is used instead, and secrets are written to ${destination}.${invisible} Missing:${lines}
Set what is missing, or set ARCHESTRA_SECRETS_MANAGER=${fallback.to} to mean it; ARCHESTRA_SECRETS_STRICT=true makes this an error.`;
}

// src/registry/end-in-time.ts
var ABORT_GRACE = 5e3;
var CLOSE_TIMEOUT = 1e4;
async function openedInTime(opening, signal, dispose) {
  let timer;
  let onAbort;
  let isGivenUp = false;
  const givenUp = new Promise((_resolve, reject) => {
    onAbort = () => {
      timer = setTimeout(() => {
        isGivenUp = true;
        reject(signal.reason);
      }, ABORT_GRACE);
    };
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
  });
  opening.then(
    (late2) => isGivenUp ? dispose(late2).catch(() => void 0) : void 0,
    () => void 0
  );
  try {
    return await Promise.race([opening, givenUp]);
  } finally {
    clearTimeout(timer);
    if (onAbort !== void 0) signal.removeEventListener("abort", onAbort);
  }
}
async function closedInTime(closing, plugin) {
  let timer;
  const late2 = new Promise((_resolve, reject) => {
    timer = setTimeout(() => reject(notClosed(plugin)), CLOSE_TIMEOUT);
  });
  try {
    await Promise.race([closing, late2]);
  } finally {
    clearTimeout(timer);
  }
}
function notClosed(plugin) {
  return new SecretsError(
    "TIMEOUT",
    `The plugin ${plugin} did not close within ${CLOSE_TIMEOUT / 1e3} seconds. Everything else is closed; connections of this plugin may stay open until the process ends.`,
    { reason: "CLOSE_NOT_ENDED", retryable: false }
  );
}

// src/registry/open-plugin.ts
async function openPlugin(resolved, context) {
  const opened = [];
  const disposeAll2 = async () => {
    const results = [];
    for (const part of opened.splice(0).reverse())
      results.push(...await Promise.allSettled([part.dispose()]));
    const failed = results.find((result) => result.status === "rejected");
    if (failed !== void 0) throw failed.reason;
  };
  try {
    const settings = { ...resolved.values };
    for (const [key, choice] of Object.entries(resolved.slots)) {
      const part = await openPlugin(choice, context);
      opened.push(part);
      settings[key] = part.product;
    }
    context.signal.throwIfAborted();
    const plugin = resolved.plugin;
    const opening = (async () => plugin.create(Object.freeze(settings), context))();
    const product = await openedInTime(opening, context.signal, disposeProduct);
    return {
      product,
      dispose: async () => {
        try {
          await closedInTime(disposeProduct(product), plugin.id);
        } finally {
          await disposeAll2();
        }
      }
    };
  } catch (error) {
    await disposeAll2().catch(() => void 0);
    throw error;
  }
}
async function disposeProduct(product) {
  if (typeof product !== "object" || product === null) return;
  const closable = product;
  if (typeof closable.close === "function") await closable.close();
  else if (typeof closable[Symbol.asyncDispose] === "function")
    await closable[Symbol.asyncDispose]();
}

// src/registry/setting.ts
function variable(name, options) {
  return Object.freeze({ ...options, type: "variable", name });
}
function slot(kind, options) {
  return Object.freeze({ ...options, type: "slot", kind });
}
function option(options) {
  return Object.freeze({ ...options, type: "option" });
}

// src/registry/core-settings.ts
var coreSettings = Object.freeze({
  manager: variable("ARCHESTRA_SECRETS_MANAGER", {
    default: "DB",
    description: "Names the secrets manager that keeps new secrets, such as `DB` or `VAULT`."
  }),
  strict: variable("ARCHESTRA_SECRETS_STRICT", {
    schema: booleanSetting,
    default: "false",
    description: "Forbids the fallback to another manager, and whatever else a plugin would only warn of."
  })
});

// src/registry/plugin-registry.ts
var PluginRegistry = class {
  #plugins;
  /** @throws TypeError when there is something else than plugins, or two of one kind and id */
  constructor(plugins) {
    assertPlugins(plugins);
    this.#plugins = [...plugins];
  }
  /** The plugins of a kind, in the order in which they were passed. */
  ofKind(kind) {
    return this.#plugins.filter((plugin) => plugin.kind.id === kind.id);
  }
  /** The plugin of a kind and id, without regard to case. */
  find(kind, id) {
    const wanted = id.trim().toUpperCase();
    return this.ofKind(kind).find((plugin) => plugin.id.toUpperCase() === wanted);
  }
  /**
   * The plugin that a variable names, when it is there and written for a contract that the slot's opener understands.
   *
   * @param variable for the message when it is not
   */
  choose(kind, id, variable2) {
    const plugin = this.find(kind, id);
    if (plugin === void 0) return { issue: this.#unknown(kind, id, variable2) };
    if (kind.contractVersions.includes(plugin.contractVersion)) return { plugin };
    const understood = kind.contractVersions.join(", ");
    return {
      issue: {
        problem: "incompatible",
        variable: variable2,
        plugin: plugin.id,
        expected: `the plugin ${plugin.id} is written for version ${plugin.contractVersion} of the contract of kind ${kind.id}, and only ${understood} is understood here. Install versions of the two packages that go together.`
      }
    };
  }
  #unknown(kind, id, variable2) {
    const known = this.ofKind(kind).map((plugin) => plugin.id);
    const installed = known.length === 0 ? "None that fits is installed." : `Installed: ${known.join(", ")}. Name one of these.`;
    const published = packageOfPlugin(kind.id, id.trim());
    const shape = secretShape(id);
    const received = shape === void 0 ? "" : `holds ${shape}, which `;
    const expected = published === void 0 ? `${received}is not the id of an installed plugin. ${installed}` : `${id.trim().toUpperCase()} is not installed. ${installed} ${published} brings it: install it, and pass its plugin in \`plugins\`.`;
    return { problem: "unknown", variable: variable2, expected };
  }
};
function assertPlugins(plugins) {
  if (!Array.isArray(plugins)) {
    throw new TypeError("`plugins` must be an array of plugins, such as [dbPlugin()].");
  }
  const seen = /* @__PURE__ */ new Set();
  for (const plugin of plugins) {
    if (!isPlugin(plugin)) {
      throw new TypeError(
        "`plugins` holds something that is no plugin. Call the plugin's factory, as in [dbPlugin()]."
      );
    }
    const key = `${plugin.kind.id} ${plugin.id.toUpperCase()}`;
    if (seen.has(key)) {
      throw new TypeError(
        `\`plugins\` holds two plugins of kind ${plugin.kind.id} with the id ${plugin.id}.`
      );
    }
    seen.add(key);
  }
}

// src/registry/resolve-secrets-manager.ts
var HEADLINE = "The secrets manager cannot be started as configured.";
function resolveSecretsManager(plugins, env, options = {}) {
  return planSecretsManager(plugins, env, options).resolution;
}
function planSecretsManager(plugins, env, options) {
  const registry = new PluginRegistry(plugins);
  if (typeof env !== "object" || env === null) throw new TypeError("`env` must be an object of variables.");
  const reader = {
    env,
    readFile: options.readFile ?? readTextFile
  };
  const strictSetting = readSetting({ declaration: coreSettings.strict, given: options.strict }, reader);
  const strict = strictSetting.issue === void 0 && strictSetting.value === true;
  const managerSetting = readSetting({ declaration: coreSettings.manager, given: options.manager }, reader);
  const requested = managerSetting.issue === void 0 ? String(managerSetting.value).trim() : "";
  const issues = [strictSetting.issue, managerSetting.issue].filter(
    (issue) => issue !== void 0
  );
  const choice = registry.choose(backend, requested, coreSettings.manager.name);
  if (choice.issue !== void 0) {
    throw new ConfigurationError(
      HEADLINE,
      managerSetting.issue === void 0 ? [...issues, choice.issue] : issues
    );
  }
  const asked = resolvePlugin(choice.plugin, registry, reader);
  const decision = applyFallback(asked, registry, strict, reader);
  issues.push(...decision.issues ?? []);
  const used = decision.issues === void 0 ? decision.resolved : asked;
  const references = resolveReferences(used, registry, reader);
  if (references !== void 0 && references !== used) {
    issues.push(...references.issues.filter((issue) => !issues.some((known) => isSameIssue(known, issue))));
  }
  if (decision.issues !== void 0 || issues.length > 0) {
    throw new ConfigurationError(HEADLINE, issues);
  }
  const selected = decision.resolved;
  const resolution = Object.freeze({
    requested: choice.plugin.id,
    requestedBy: managerSetting.source,
    manager: selected.plugin.id,
    ...decision.fallback === void 0 ? {} : { fallback: decision.fallback },
    strict,
    ...references === void 0 ? {} : { references: references.plugin.id },
    settings: [
      ...selected.settings,
      ...references === void 0 || references === selected ? [] : references.settings
    ]
  });
  return {
    resolution,
    selected,
    references,
    resolveOwner: (manager) => resolveOwner(manager, registry, reader),
    assertKeeperConfigured: () => {
      if (references !== void 0) assertConfiguredForSecrets(references);
    },
    idOf: (manager) => registry.find(backend, manager)?.id
  };
}
function resolveReferences(selected, registry, reader) {
  if (selected.plugin.references === true) return selected;
  const keeper = registry.ofKind(backend).find((plugin) => plugin.references === true);
  return keeper === void 0 ? void 0 : resolvePlugin(keeper, registry, reader, "references");
}
function resolveOwner(manager, registry, reader) {
  const headline = ownerHeadline(manager);
  const plugin = registry.find(backend, manager);
  if (plugin === void 0) {
    const published = packageOfPlugin(backend.id, manager) ?? `The plugin ${printableText(manager)}`;
    const expected = `${published} is not among the plugins: install it, and pass its plugin in \`plugins\`.`;
    throw new ConfigurationError(headline, [
      { problem: "unknown", plugin: printableText(manager), expected }
    ]);
  }
  const { issue } = registry.choose(backend, manager, coreSettings.manager.name);
  const resolved = resolvePlugin(plugin, registry, reader);
  const issues = issue === void 0 ? resolved.issues : [issue, ...resolved.issues];
  if (issues.length > 0) throw new ConfigurationError(headline, issues);
  return resolved;
}
function assertConfiguredForSecrets({ plugin, neededForSecrets }) {
  if (neededForSecrets.length > 0) throw new ConfigurationError(ownerHeadline(plugin.id), neededForSecrets);
}
function ownerHeadline(manager) {
  return `The manager ${printableText(manager)} is needed, and cannot be opened as configured.`;
}
function isSameIssue(one, other) {
  return one.plugin === other.plugin && one.variable === other.variable && one.option === other.option;
}

// src/errors/transaction-refusals.ts
var OUTSIDE = "Nothing was changed by this call. Call the manager itself, outside the transaction.";
function notInTransaction(why, manager) {
  return new SecretsError("UNSUPPORTED", `${why} ${OUTSIDE}`, { reason: "NOT_IN_TRANSACTION", manager });
}
function noTransactions(manager) {
  return notInTransaction(`${manager} cannot take part in a transaction of the application.`, manager);
}
function ownedOutside(owner) {
  return notInTransaction(
    `The manager ${printableText(owner)} holds this secret or a copy of it, and cannot take part in a transaction of the database.`
  );
}
function unknownInTransaction(selected) {
  return notInTransaction(
    `The database has no record of this secret. ${selected} is selected and may hold it, and cannot take part in a transaction of the database.`
  );
}
function createdOutside(selected) {
  return notInTransaction(
    `New secrets are stored at ${selected}, which is selected and cannot take part in a transaction of the database.`
  );
}
function listedOutside(selected) {
  return notInTransaction(
    `A list needs the secrets of ${selected}, which is selected and cannot take part in a transaction of the database.`
  );
}
function movedOutside(call) {
  const why = `${call} takes several transactions of its own, and cannot be part of one.`;
  return new SecretsError("UNSUPPORTED", `${why} Pass the manager itself.`, {
    reason: "NOT_IN_TRANSACTION",
    operation: call
  });
}
function changedOutside(state) {
  const what = state === void 0 ? "" : ` (${printableText(state)})`;
  return new SecretsError(
    "CONFLICT",
    `Another call is moving or deleting this secret${what}, and a transaction does not wait for it. Nothing was changed by this call. Roll the transaction back and repeat it.`,
    { reason: "IN_TRANSITION" }
  );
}

// src/secret/secret-value.ts
var { isProxy } = process.getBuiltinModule("node:util").types;
var MAX_DEPTH = 100;
var MAX_ENTRIES = 1e4;
var LONGEST_PATH = 120;
var MAX_VALUE_BYTES = 512 * 1024;
function copySecretValue(value) {
  if (!isProxy(value) && !isPlainObject(value)) {
    throw refusal(
      "VALUE_NOT_OBJECT",
      [],
      'must be a JSON object such as { token: "\u2026" }; wrap other values in one'
    );
  }
  const copy = copyJson(value, { path: [], ancestors: [], leastBytes: 0 });
  if (storedBytes(JSON.stringify(copy)) > MAX_VALUE_BYTES) throw tooLarge();
  return copy;
}
function isPlainObject(value) {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
function copyEntry(value, key, position) {
  position.path.push(key);
  const copy = copyJson(value, position);
  position.path.pop();
  return copy;
}
function addBytes(position, bytes) {
  position.leastBytes += bytes;
  if (position.leastBytes > MAX_VALUE_BYTES) throw tooLarge();
}
function bracketBytes(entries) {
  return 2 + Math.max(0, entries - 1);
}
function copyJson(value, position) {
  const { path, ancestors } = position;
  addBytes(position, typeof value === "string" ? value.length + 2 : 1);
  switch (typeof value) {
    case "string":
      if (!value.isWellFormed())
        throw refusal("VALUE_LONE_SURROGATE", path, "contains half of a surrogate pair");
      return value;
    case "number":
      if (!Number.isFinite(value))
        throw refusal("VALUE_NOT_JSON", path, `is ${value}, which JSON cannot say`);
      return value === 0 ? 0 : value;
    case "boolean":
      return value;
    case "undefined":
      throw refusal("VALUE_NOT_JSON", path, "is undefined; leave the entry out or use null");
    case "object":
      if (value === null) return null;
      break;
    default:
      throw refusal("VALUE_NOT_JSON", path, `is a ${typeof value}, which JSON cannot say`);
  }
  if (isProxy(value)) throw refusal("VALUE_NOT_JSON", path, "is a proxy; pass the plain data behind it");
  if (ancestors.includes(value)) throw refusal("VALUE_CYCLIC", path, "contains itself");
  if (ancestors.length >= MAX_DEPTH)
    throw refusal("VALUE_TOO_DEEP", path, `lies deeper than ${MAX_DEPTH} levels`);
  if (!Array.isArray(value) && !isPlainObject(value)) {
    throw refusal("VALUE_NOT_JSON", path, "is an instance of a class; convert it to plain JSON data first");
  }
  ancestors.push(value);
  const copy = Array.isArray(value) ? copyArray(value, position) : copyObject(value, position);
  ancestors.pop();
  return copy;
}
function copyObject(object, position) {
  const { path } = position;
  const keys = Reflect.ownKeys(object);
  assertEntries(keys.length, path);
  addBytes(position, bracketBytes(keys.length) - 1);
  const copy = {};
  for (const key of keys) {
    if (typeof key === "symbol") throw refusal("VALUE_NOT_JSON", path, "has a symbol as a key");
    if (!key.isWellFormed()) {
      throw refusal("VALUE_LONE_SURROGATE", path, "has a key that contains half of a surrogate pair");
    }
    addBytes(position, key.length + 3);
    const copied = copyEntry(dataProperty(object, key, path), key, position);
    if (key === "__proto__") {
      Object.defineProperty(copy, key, { value: copied, enumerable: true });
    } else {
      copy[key] = copied;
    }
  }
  return Object.freeze(copy);
}
function copyArray(array, position) {
  const { path } = position;
  assertEntries(array.length, path);
  addBytes(position, bracketBytes(array.length) - 1);
  if (Reflect.ownKeys(array).length !== array.length + 1) {
    throw refusal("VALUE_NOT_JSON", path, "is an array with holes or with properties of its own");
  }
  return Object.freeze(
    Array.from(array.keys(), (index) => copyEntry(dataProperty(array, String(index), path), index, position))
  );
}
function dataProperty(object, key, path) {
  const property = Object.getOwnPropertyDescriptor(object, key);
  if (property === void 0 || !("value" in property) || property.enumerable !== true) {
    throw refusal("VALUE_NOT_JSON", [...path, key], "is an accessor or not enumerable; pass plain data");
  }
  return property.value;
}
function assertEntries(count, path) {
  if (count <= MAX_ENTRIES) return;
  throw refusal("VALUE_TOO_MANY_ENTRIES", path, `has ${count} entries, more than ${MAX_ENTRIES}`);
}
function storedBytes(json) {
  const escaped2 = json.match(/[<>&\u2028\u2029]/g);
  const extra = escaped2?.reduce((sum, character) => sum + (character < "\x80" ? 5 : 3), 0) ?? 0;
  return Buffer.byteLength(json) + extra;
}
function tooLarge() {
  return refusal(
    "VALUE_TOO_LARGE",
    [],
    `has more than ${MAX_VALUE_BYTES} bytes as JSON, where <, >, &, U+2028 and U+2029 count as six; shorten it, or keep it elsewhere`
  );
}
function refusal(rule, path, words) {
  const where = path.length === 0 ? "The value" : `The value's entry ${formatPath(path)}`;
  return new SecretsError("INVALID_ARGUMENT", `${where} ${words}.`, { reason: rule });
}
function formatPath(path) {
  const text = path.slice(0, LONGEST_PATH).map(
    (key) => typeof key === "number" ? `[${key}]` : `.${String(key).slice(0, LONGEST_PATH).toWellFormed()}`
  ).join("").replace(/^\./, "");
  return printableText(JSON.stringify(text).slice(1, -1), LONGEST_PATH);
}

// src/secret/freeze-deep.ts
var { isProxy: isProxy2 } = process.getBuiltinModule("node:util").types;
function freezeStored(value) {
  return freezeEach(value, Object.values);
}
function freezeOutput(value) {
  return freezeEach(value, dataProperties);
}
function freezeEach(value, entriesOf) {
  if (!isFreezable(value)) return value;
  const seen = /* @__PURE__ */ new Set([value]);
  for (const object of seen) {
    Object.freeze(object);
    for (const entry of entriesOf(object)) {
      if (typeof entry === "object" && entry !== null && isFreezable(entry)) seen.add(entry);
    }
  }
  return value;
}
function* dataProperties(object) {
  for (const key of Object.keys(object)) yield Object.getOwnPropertyDescriptor(object, key)?.value;
}
function isFreezable(value) {
  return !isProxy2(value) && (Array.isArray(value) || isPlainObject(value));
}

// src/secret/redaction.ts
var Redacted = class {
  #value;
  constructor(value) {
    this.#value = value;
  }
  static {
    Object.defineProperty(this.prototype, "constructor", { value: Object });
  }
  /** The value itself, for whoever asks for it by name. */
  get value() {
    return this.#value;
  }
};

// src/secret/secret.ts
var Secret = class extends Redacted {
  name;
  manager;
  static {
    Object.defineProperty(this, "name", { value: "Secret" });
  }
  /** Made by the manager; applications receive it. */
  constructor(info, value) {
    super(value);
    this.name = info.name;
    this.manager = info.manager;
    if (info.version !== void 0) this.version = info.version;
    if (info.createdAt !== void 0) this.createdAt = info.createdAt;
    if (info.updatedAt !== void 0) this.updatedAt = info.updatedAt;
    Object.freeze(this);
  }
};

// src/manager/wrap-error.ts
function wrapError(error, call, classifier = {}) {
  if (isSecretsError(error)) return completeError(error, call);
  const { code, words } = foreignError(error, classifier);
  return new SecretsError(code, describeCall(call, words), { ...call, cause: error });
}
function attributeError(error, manager, classifier, context) {
  if (isSecretsError(error)) return error.manager === void 0 ? withManager(error, manager) : error;
  if (isForeignAbort(error) && context?.signal.aborted) return error;
  const { code, words } = foreignError(error, classifier);
  return new SecretsError(code, words, { manager, cause: error });
}
function withManager(error, manager) {
  if (error.name !== "SecretsError") return error;
  const { code, message, reason, retryable, operation, secretName, cause } = error;
  const attributed = new SecretsError(code, message, {
    reason,
    retryable,
    operation,
    manager,
    secretName,
    cause
  });
  if (error.stack !== void 0) attributed.stack = error.stack;
  return attributed;
}
function isForeignAbort(error) {
  return error instanceof Error && (error.name === "AbortError" || error.name === "TimeoutError");
}
function completeError(error, call) {
  if (error.operation !== void 0 || error.name !== "SecretsError") return error;
  const { code, reason, retryable, secretName = call.secretName, manager = call.manager } = error;
  const complete = new SecretsError(code, describeCall({ ...call, secretName, manager }, error.message), {
    reason,
    retryable,
    operation: call.operation,
    manager,
    secretName,
    cause: error.cause
  });
  if (error.stack !== void 0) complete.stack = error.stack.replace(error.message, () => complete.message);
  return complete;
}
function describeCall({ operation, manager, secretName }, words) {
  const subject = secretName === void 0 ? "" : ` ${quotedText(secretName)}`;
  return `${operation}${subject} (${printableText(manager)}): ${words}`;
}
function foreignError(error, classifier) {
  const classified = classifySafely(error, classifier);
  const code = isSecretsErrorCode(classified) ? classified : "INTERNAL";
  const place = classifier.location === void 0 ? "" : ` The store is ${classifier.location}.`;
  return { code, words: `${errorCodes[code].meaning}.${place}` };
}
function classifySafely(error, classifier) {
  try {
    return classifier.classify?.(error);
  } catch {
    return void 0;
  }
}

// src/manager/owner.ts
var READS_AT_A_TIME = 16;
var Owner = class _Owner {
  id;
  backend;
  constructor(id, backend2) {
    this.id = id;
    this.backend = backend2;
  }
  get conditionalWrites() {
    return this.backend.capabilities.conditionalWrites;
  }
  /** Where the owner keeps the secret of this name. Undefined: it tells no paths. */
  path(name) {
    return this.backend.path?.(name);
  }
  async get(name, context) {
    try {
      const stored = await this.backend.get(name, context);
      return stored === void 0 ? void 0 : this.secret(name, stored);
    } catch (error) {
      throw attributeError(error, this.id, this.backend, context);
    }
  }
  async getMany(names, context) {
    return this.run(context, async () => {
      const answers = await (this.backend.getMany?.(names, context) ?? this.#getEach(names, context));
      return new Map(names.map((name) => [name, this.#readResult(name, answers.get(name))]));
    });
  }
  async has(name, context) {
    return this.run(context, async () => {
      if (this.backend.has !== void 0) return this.backend.has(name, context);
      const { signal, deadline, logger } = context;
      return await this.backend.get(name, { signal, deadline, logger, latest: true }) !== void 0;
    });
  }
  async write(name, value, expect, context) {
    return this.run(context, async () => {
      const info = await this.backend.write(name, value, { expect }, context);
      if (info.name === name) return this.info(info);
      throw wrongName("OUTCOME_UNKNOWN", "The backend answered the write with another secret's name.");
    });
  }
  async delete(name, expect, context) {
    return this.run(context, () => this.backend.delete(name, { expect }, context));
  }
  /** Entries whose names break the grammar are for the caller to pick out: how many are left decides whether to go on. */
  list(range, context) {
    const entries = this.backend.list(range, context)[Symbol.asyncIterator]();
    return {
      next: () => this.run(context, async () => {
        const { done, value } = await entries.next();
        return done ? { done, value: void 0 } : { done: false, value: this.info(value) };
      }),
      return: async () => {
        await entries.return?.();
        return { done: true, value: void 0 };
      }
    };
  }
  async check(options, context) {
    return this.run(context, () => this.backend.check(options, context));
  }
  /**
   * The same owner, whose calls run in a transaction of the application.
   *
   * @throws SecretsError UNSUPPORTED, reason NOT_IN_TRANSACTION, when its backend has no transactions
   */
  inTransaction(transaction) {
    if (this.backend.inTransaction === void 0) throw noTransactions(this.id);
    return new _Owner(this.id, this.backend.inTransaction(transaction));
  }
  /** A secret as it leaves the manager. */
  secret(name, stored) {
    if (!isPlainObject(stored.value)) {
      throw new SecretsError("INVALID_VALUE", "The store holds something that is no JSON object.", {
        reason: "NOT_AN_OBJECT"
      });
    }
    if (stored.name !== name) throw wrongName("INTERNAL", "The backend gave a secret of another name.");
    return new Secret(this.#describe(stored), freezeStored(stored.value));
  }
  info(stored) {
    return Object.freeze(this.#describe(stored));
  }
  /** The backend's own version inside one of ours. Undefined: it is of another manager, so nothing here can have it. */
  expectation(version) {
    const prefix = `${this.id}:`;
    return version.startsWith(prefix) ? { version: version.slice(prefix.length) } : void 0;
  }
  /** Runs something of the backend's, so that what it throws says which manager it came from. */
  async run(context, call) {
    try {
      return await call();
    } catch (error) {
      throw attributeError(error, this.id, this.backend, context);
    }
  }
  async #getEach(names, context) {
    const answers = /* @__PURE__ */ new Map();
    const waiting = names.values();
    const readNext = async () => {
      for (const name of waiting) {
        try {
          context.signal.throwIfAborted();
          const secret = await this.backend.get(name, context);
          answers.set(name, secret === void 0 ? { status: "absent" } : { status: "found", secret });
        } catch (error) {
          context.signal.throwIfAborted();
          answers.set(name, { status: "failed", error });
        }
      }
    };
    await Promise.all(Array.from({ length: READS_AT_A_TIME }, readNext));
    return answers;
  }
  #readResult(name, answer) {
    try {
      switch (answer?.status) {
        case "found":
          return { status: "found", secret: this.secret(name, answer.secret) };
        case "absent":
          return { status: "absent" };
        case "failed":
          throw answer.error;
        default:
          throw new SecretsError("INTERNAL", "The backend's getMany gave no answer for this name.");
      }
    } catch (error) {
      return { status: "failed", error: attributeError(error, this.id, this.backend) };
    }
  }
  #describe({ name, version, createdAt, updatedAt }) {
    const info = { name, manager: this.id };
    if (version !== void 0) info.version = `${this.id}:${version}`;
    if (isTime(createdAt)) info.createdAt = createdAt;
    if (isTime(updatedAt)) info.updatedAt = updatedAt;
    return info;
  }
};
function isTime(time) {
  return time instanceof Date && !Number.isNaN(time.getTime());
}
function wrongName(code, words) {
  return new SecretsError(code, `${words} That is a defect of the plugin: tell its author.`, {
    reason: "WRONG_NAME"
  });
}

// src/routing/owners.ts
var OPENING_TIMEOUT = 6e4;
var Owners = class {
  selected;
  /** Keeps the table. */
  keeper;
  #others;
  #opened = /* @__PURE__ */ new Map();
  #opening = /* @__PURE__ */ new Map();
  #disposers = [];
  /** Those that calls used since secrets were last counted. */
  #needed = /* @__PURE__ */ new Set();
  constructor(selected, keeper, others) {
    this.selected = selected;
    this.keeper = keeper;
    this.#others = others;
    this.#opened.set(selected.id, selected).set(keeper.id, keeper);
  }
  /** An id that somebody typed, as it is written in rows. One that is not installed is taken for one of ours. */
  idOf(manager) {
    return this.#others.idOf(manager) ?? manager.trim().toUpperCase();
  }
  /** One that is open. */
  opened(manager) {
    return this.#opened.get(manager);
  }
  /** The ids of those that calls used since secrets were last counted: they hold secrets, whatever was counted before. */
  get needed() {
    return this.#needed;
  }
  /** From here on, what is counted says who holds secrets. */
  forgetNeeded() {
    this.#needed.clear();
  }
  /** Of several calls that need one, the first opens it; a failure is not kept. */
  async open(manager) {
    const opened = this.#opened.get(manager);
    if (opened !== void 0) {
      this.#needed.add(manager);
      return opened;
    }
    let opening = this.#opening.get(manager);
    if (opening === void 0) {
      opening = this.#open(manager).finally(() => this.#opening.delete(manager));
      this.#opening.set(manager, opening);
    }
    return opening;
  }
  /**
   * One that secrets are about to be moved to or from, many of them: better refused here than at each.
   *
   * @throws SecretsError INVALID_CONFIGURATION when its settings do not suffice for secrets
   */
  async openForMoves(manager) {
    const owner = await this.open(manager);
    if (owner !== this.keeper) return owner;
    try {
      this.#others.assertKeeperConfigured();
    } catch (error) {
      throw ofOneSecret(error, manager);
    }
    return owner;
  }
  /** Ends those that were opened because of a row. */
  async close() {
    await Promise.allSettled(this.#opening.values());
    const results = await Promise.allSettled(this.#disposers.splice(0).map((dispose) => dispose()));
    const failed = results.find((result) => result.status === "rejected");
    if (failed !== void 0) throw failed.reason;
  }
  async #open(manager) {
    const late2 = new AbortController();
    const timer = setTimeout(() => late2.abort(openingNotEnded(manager)), OPENING_TIMEOUT);
    timer.unref();
    const { product, dispose } = await this.#others.open(manager, late2.signal).catch((error) => {
      throw ofOneSecret(error, manager);
    }).finally(() => clearTimeout(timer));
    const owner = new Owner(manager, product);
    this.#disposers.push(dispose);
    this.#opened.set(manager, owner);
    this.#needed.add(manager);
    return owner;
  }
};
function openingNotEnded(manager) {
  return new SecretsError(
    "UNAVAILABLE",
    `The manager ${printableText(manager)}, which owns the secret, did not open within ${OPENING_TIMEOUT / 1e3} seconds. The next call that needs it opens it again.`,
    { reason: "OPENING_NOT_ENDED" }
  );
}
function ofOneSecret(error, manager) {
  if (!isSecretsError(error, "INVALID_CONFIGURATION")) return error;
  const { reason = "OWNER_NOT_CONFIGURED" } = error;
  return new SecretsError(error.code, error.message, { reason, manager });
}

// src/manager/arguments.ts
function assertOptions(options, call, known) {
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    throw new TypeError(`The options of ${call} must be an object.`);
  }
  for (const key of Object.keys(options)) {
    if (!known.includes(key)) {
      throw new TypeError(`${call} has no option \`${key}\`. Its options: ${known.join(", ")}.`);
    }
  }
  const { signal } = options;
  if (signal !== void 0 && !(signal instanceof AbortSignal)) {
    throw new TypeError(`The option \`signal\` of ${call} must be an AbortSignal.`);
  }
}
function assertInteger(value, what, minimum, maximum) {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= minimum && value <= maximum)
    return;
  throw new TypeError(`${what} must be a whole number from ${minimum} to ${maximum}.`);
}
function assertBoolean(value, what) {
  if (typeof value !== "boolean") throw new TypeError(`${what} must be true or false.`);
}

// src/manager/caller-code.ts
var CallerError = class extends Error {
  original;
  constructor(original) {
    super("The caller's own code failed.");
    this.original = original;
  }
};
async function nextValue(change, current) {
  let next;
  try {
    next = await change(current);
  } catch (error) {
    throw new CallerError(error);
  }
  return copySecretValue(next);
}

// src/manager/operation.ts
var Operation = class _Operation {
  logger;
  #limits;
  #callerSignal;
  #onCallerAbort;
  #deadline = 0;
  #controller;
  #reason;
  /** How many changes are in a backend's hands, one within the other. */
  #changes = 0;
  #timer;
  #giveUp;
  constructor(limits, logger, callerSignal) {
    this.logger = logger;
    this.#limits = limits;
    this.#callerSignal = callerSignal;
  }
  get deadline() {
    return this.#deadline;
  }
  /** How many milliseconds are left before the call is ended for being late. */
  get timeLeft() {
    return this.#deadline - this.#limits.reserve - Date.now();
  }
  /** Made when somebody asks for it: most calls end before anybody does. */
  get signal() {
    if (this.#controller === void 0) {
      this.#controller = new AbortController();
      if (this.#reason !== void 0) this.#controller.abort(this.#reason);
    }
    return this.#controller.signal;
  }
  /**
   * Runs the body under a deadline that begins now. Late or aborted, the returned promise does not wait for the body.
   * A call that lasts as long as its consumer wants, such as a list, runs each of its steps so.
   */
  run(body) {
    if (this.#callerSignal?.aborted) return Promise.reject(abortedByCaller());
    if (this.#reason !== void 0) return Promise.reject(this.#reason);
    this.#watch();
    return new Promise((resolve, reject) => {
      const fail = (error) => {
        this.#stopWatching();
        reject(this.#reason !== void 0 && isForeignAbort(error) ? this.#reason : error);
      };
      this.#giveUp = fail;
      try {
        body().then((result) => {
          this.#stopWatching();
          resolve(result);
        }, fail);
      } catch (error) {
        fail(error);
      }
    });
  }
  #watch() {
    const { timeout, reserve } = this.#limits;
    this.#deadline = Date.now() + timeout;
    this.#timer = setTimeout(() => this.abort(late(this.#limits)), timeout - reserve);
    if (this.#callerSignal === void 0) return;
    this.#onCallerAbort = () => this.abort(abortedByCaller());
    this.#callerSignal.addEventListener("abort", this.#onCallerAbort, { once: true });
  }
  #stopWatching() {
    clearTimeout(this.#timer);
    this.#giveUp = void 0;
    if (this.#onCallerAbort !== void 0)
      this.#callerSignal?.removeEventListener("abort", this.#onCallerAbort);
  }
  /**
   * Runs a part of the call that may take no longer than this, so that the rest of the call has what is left. A change
   * that is under way in it when it is late has no reserve for finding out what became of it.
   *
   * @param timeout milliseconds
   * @throws SecretsError TIMEOUT when it is late, and the reason of this call's end
   */
  async within(timeout, body) {
    if (timeout < 1) throw new SecretsError("TIMEOUT", "The call had no time left for it.");
    const part = new _Operation({ timeout, reserve: 0 }, this.logger, this.signal);
    try {
      return await part.run(() => body(part));
    } catch (error) {
      if (this.#reason !== void 0) throw this.#reason;
      throw error;
    }
  }
  /** Marks the time in which a change is in a backend's hands. */
  async write(send) {
    if (this.#reason !== void 0) throw this.#reason;
    this.#changes++;
    try {
      return await send();
    } catch (error) {
      throw this.#reason !== void 0 && isForeignAbort(error) ? outcomeUnknown(this.#reason) : error;
    } finally {
      this.#changes--;
    }
  }
  /**
   * For the last steps of a change, which must not stop half way because somebody gave up: only the deadline ends them.
   */
  finishing() {
    const left = Math.max(0, this.#deadline - Date.now());
    return { signal: AbortSignal.timeout(left), deadline: this.#deadline, logger: this.logger };
  }
  /** For reads of a value that is about to be written to another store: a number that would be rounded is refused. */
  exact() {
    return this.#with({ exactNumbers: true, latest: true });
  }
  /** For reads that decide about a change: only the latest state will do. */
  deciding() {
    return this.#with({ latest: true });
  }
  #with(demands) {
    const operation = this;
    return {
      ...demands,
      logger: this.logger,
      get signal() {
        return operation.signal;
      },
      get deadline() {
        return operation.deadline;
      }
    };
  }
  /** Ends the call for a reason that its caller is told. */
  abort(reason) {
    if (this.#reason !== void 0) return;
    this.#reason = reason;
    if (this.#changes === 0) {
      this.#controller?.abort(reason);
      this.#giveUp?.(reason);
      return;
    }
    this.#deadline = Math.min(this.#deadline, Date.now() + this.#limits.reserve);
    this.#controller?.abort(reason);
    clearTimeout(this.#timer);
    const left = Math.max(0, this.#deadline - Date.now());
    this.#timer = setTimeout(() => this.#giveUp?.(outcomeUnknown(reason)), left);
  }
  /**
   * For work that goes on in many steps: ends it where its caller has been given an answer already.
   *
   * @throws the reason for which the call was ended
   */
  assertNotEnded() {
    if (this.#reason !== void 0) throw this.#reason;
  }
  /** Why the call was ended. Undefined: it was not. */
  get abortReason() {
    return this.#reason;
  }
};
function abortedByCaller() {
  return new SecretsError("ABORTED", "The call was aborted by its signal; nothing was changed.");
}
function late({ timeout }) {
  return new SecretsError(
    "TIMEOUT",
    `The call did not end within its deadline of ${timeout} ms; nothing was changed. Try again, or look at \`check()\`.`
  );
}
function outcomeUnknown(reason) {
  const why = reason.code === "TIMEOUT" ? "The deadline passed" : "The call was aborted";
  return new SecretsError(
    "OUTCOME_UNKNOWN",
    `${why} after the change was sent, and its outcome could not be found out in time. Read the secret before you repeat the change.`
  );
}

// src/manager/operation-events.ts
import { channel } from "node:diagnostics_channel";
var startChannel = channel("archestra.secrets.operation.start");
var endChannel = channel("archestra.secrets.operation.end");
function publishStart(operation, manager, name) {
  if (!startChannel.hasSubscribers && !endChannel.hasSubscribers) return void 0;
  const event = { operation, manager, ...name === void 0 ? {} : { name } };
  startChannel.publish(event);
  return event;
}
function publishEnd(event, outcome, startedAt) {
  event.outcome = outcome;
  event.duration = performance.now() - startedAt;
  endChannel.publish(event);
}

// src/manager/gateway.ts
var Gateway = class {
  #manager;
  #limits;
  #logger;
  #active = /* @__PURE__ */ new Set();
  #onIdle;
  #closed = false;
  constructor(manager, timeout, logger) {
    this.#manager = manager;
    this.#limits = { timeout, reserve: Math.min(5e3, Math.floor(timeout / 5)) };
    this.#logger = logger;
  }
  /** Runs one call from its beginning to its end. */
  run(call, body) {
    const event = publishStart(call.operation, this.#manager, call.name);
    if (event === void 0) return this.step(call, this.begin(call), body);
    return this.#traced(event, () => this.step(call, this.begin(call), body));
  }
  /** A deadline and a signal for a call whose steps are then run one by one. */
  begin(call) {
    return new Operation(this.#limits, this.#logger, call.signal);
  }
  /** Runs one step of a call: only while it runs does closing wait for it. */
  async step(call, operation, body) {
    try {
      if (this.#closed) throw closedError();
      this.#active.add(operation);
      return await operation.run(() => body(operation));
    } catch (error) {
      if (error instanceof CallerError) throw error.original;
      throw wrapError(error, this.#failedCall(call));
    } finally {
      this.#active.delete(operation);
      if (this.#active.size === 0) this.#onIdle?.();
    }
  }
  /** An error in the shape that leaves the manager. */
  wrap(error, call) {
    return wrapError(error, this.#failedCall(call));
  }
  /** Refuses new calls, waits for those under way, and aborts what is left when the time is over. */
  async drain(timeout) {
    this.#closed = true;
    if (this.#active.size === 0) return;
    const idle = new Promise((resolve) => {
      this.#onIdle = resolve;
    });
    const timer = setTimeout(() => {
      for (const operation of this.#active) operation.abort(closingError());
    }, timeout);
    await idle;
    clearTimeout(timer);
  }
  async #traced(event, body) {
    const startedAt = performance.now();
    try {
      const result = await body();
      publishEnd(event, "success", startedAt);
      return result;
    } catch (error) {
      publishEnd(event, isSecretsError(error) ? error.code : "CALLER_FAILED", startedAt);
      throw error;
    }
  }
  #failedCall({ operation, name }) {
    return { operation, manager: this.#manager, secretName: name };
  }
};
function closedError() {
  return new SecretsError("CLOSED", "The secrets manager is closed. Create a new one, or close it later.");
}
function closingError() {
  return new SecretsError(
    "ABORTED",
    "The secrets manager was closed before the call ended; nothing was changed."
  );
}

// src/manager/secret-cache.ts
var SecretCache = class {
  #maxEntries;
  #maxAge;
  /** In order of use, the oldest first. */
  #entries = /* @__PURE__ */ new Map();
  #flights = /* @__PURE__ */ new Map();
  /** How many writes of a name are under way: the store may have carried them out, whoever reads meanwhile. */
  #writes = /* @__PURE__ */ new Map();
  /**
   * Names that were changed in a transaction whose end is not seen here, and until when nothing of them is kept or shared.
   * In the order of their ends.
   */
  #bypassed = /* @__PURE__ */ new Map();
  /** Until when nothing at all is kept or shared, since more names were changed than are remembered. */
  #allBypassedUntil = 0;
  constructor(options) {
    assertOptions(options, "cache", ["maxEntries", "maxAge"]);
    const { maxEntries = 1e3, maxAge } = options;
    assertInteger(maxEntries, "`cache.maxEntries`", 1, 1e6);
    assertInteger(maxAge, "`cache.maxAge`", 1, 24 * 60 * 60 * 1e3);
    this.#maxEntries = maxEntries;
    this.#maxAge = maxAge;
  }
  /** The secret, when it was read recently enough. */
  find(name) {
    const entry = this.#entries.get(name);
    if (entry === void 0) return void 0;
    this.#entries.delete(name);
    if (entry.expiresAt <= performance.now()) return void 0;
    this.#entries.set(name, entry);
    return entry.secret;
  }
  /** Joins the read of this name that is under way, or begins one. */
  read(name, begin) {
    if (this.#writes.has(name) || this.#isBypassed(name)) return begin();
    const current = this.#flights.get(name);
    if (current !== void 0) return current.promise;
    const startedAt = performance.now();
    const flight = { promise: begin(), stale: false };
    this.#flights.set(name, flight);
    const settle = (secret) => {
      if (this.#flights.get(name) === flight) this.#flights.delete(name);
      if (secret !== void 0 && !flight.stale) this.#keep(secret, startedAt);
    };
    flight.promise.then(settle, () => settle(void 0));
    return flight.promise;
  }
  /** Runs a write of this name: what was read before its end is neither kept nor shared. */
  async write(name, send) {
    this.#invalidate(name);
    this.#writes.set(name, (this.#writes.get(name) ?? 0) + 1);
    try {
      return await send();
    } finally {
      const others = (this.#writes.get(name) ?? 1) - 1;
      if (others > 0) this.#writes.set(name, others);
      else this.#writes.delete(name);
    }
  }
  /**
   * A change in a transaction can become visible at any time afterwards. For the maximum age, counted from the end of the
   * change, its name is read from the store and not kept, so nothing older than a transaction of at most that length is
   * served.
   */
  inTransaction() {
    const observer = {
      write: async (name, send) => {
        try {
          return await this.write(name, send);
        } finally {
          this.#bypass(name);
        }
      },
      inTransaction: () => observer
    };
    return observer;
  }
  clear() {
    this.#entries.clear();
    for (const flight of this.#flights.values()) flight.stale = true;
    this.#flights.clear();
  }
  /** The age counts from before the store was asked: that is how old the answer can be. */
  #keep(secret, readAt) {
    this.#entries.delete(secret.name);
    this.#entries.set(secret.name, { secret, expiresAt: readAt + this.#maxAge });
    if (this.#entries.size <= this.#maxEntries) return;
    for (const oldest of this.#entries.keys()) {
      this.#entries.delete(oldest);
      return;
    }
  }
  #bypass(name) {
    this.#invalidate(name);
    const now = performance.now();
    for (const [other, until] of this.#bypassed) {
      if (until > now) break;
      this.#bypassed.delete(other);
    }
    this.#bypassed.delete(name);
    this.#bypassed.set(name, now + this.#maxAge);
    if (this.#bypassed.size <= this.#maxEntries) return;
    this.#bypassed.clear();
    this.#allBypassedUntil = now + this.#maxAge;
    this.clear();
  }
  #isBypassed(name) {
    const now = performance.now();
    return this.#allBypassedUntil > now || (this.#bypassed.get(name) ?? 0) > now;
  }
  #invalidate(name) {
    this.#entries.delete(name);
    const flight = this.#flights.get(name);
    if (flight === void 0) return;
    flight.stale = true;
    this.#flights.delete(name);
  }
};

// src/backend/health.ts
function printableHealth(health) {
  const { countByManager } = health;
  const problems = health.problems.map((problem) => ({
    ...problem,
    message: printableMessage(problem.message)
  }));
  return {
    ...health,
    problems,
    ...countByManager === void 0 ? {} : { countByManager: printableCounts(countByManager) }
  };
}
function printableCounts(counts) {
  const entries = Object.entries(counts).map(([manager, count]) => [printableText(manager), count]);
  return Object.freeze(Object.fromEntries(entries));
}

// src/registry/standard-schema.ts
function issuePath(issue) {
  return (issue.path ?? []).map((step) => typeof step === "object" ? step.key : step);
}
function isStandardSchema(schema2) {
  if (typeof schema2 !== "object" && typeof schema2 !== "function" || schema2 === null) return false;
  const standard = schema2["~standard"];
  return typeof standard?.validate === "function" && standard.version === 1;
}

// src/secret/secret-name.ts
var MAX_SEGMENT_BYTES = 255;
var MAX_NAME_BYTES = 512;
var allowedCharacter = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u;
var invisibleCharacter = new RegExp("\\p{Default_Ignorable_Code_Point}", "u");
var plainName = /^[A-Za-z0-9_:-]+(?:\/[A-Za-z0-9_:-]+)*$/;
function assertSecretName(name) {
  if (typeof name !== "string")
    throw new TypeError(`A secret's name must be a string, not ${describeType(name)}.`);
  const broken = findBrokenRule(name);
  if (broken === void 0) return;
  throw new SecretsError(
    "INVALID_ARGUMENT",
    `The secret name ${quoteName(name)} is refused: ${broken.words}`,
    {
      reason: broken.rule
    }
  );
}
function isSecretName(name) {
  return findBrokenRule(name) === void 0;
}
function findBrokenRule(name) {
  if (name === "") return { rule: "NAME_EMPTY", words: "it is empty." };
  if (plainName.test(name)) {
    if (name.length <= MAX_SEGMENT_BYTES) return void 0;
  } else {
    for (const character of name) {
      if (!allowedCharacter.test(character) || invisibleCharacter.test(character)) {
        return {
          rule: "NAME_CHARACTER",
          words: `it contains ${codePoint(character)}. Letters, marks, numbers, punctuation, symbols and spaces are allowed, and nothing invisible.`
        };
      }
    }
    if (name !== name.normalize("NFC")) {
      return {
        rule: "NAME_NOT_NORMALIZED",
        words: 'it is not in Unicode normalization form C. Pass name.normalize("NFC").'
      };
    }
    if (name.includes("..")) return { rule: "NAME_DOUBLE_DOT", words: "it contains `..`." };
  }
  for (const segment of name.split("/")) {
    if (segment === "") {
      return {
        rule: "NAME_EMPTY_SEGMENT",
        words: "it has an empty segment: a `/` at either end, or two in a row."
      };
    }
    if (segment === ".") return { rule: "NAME_DOT_SEGMENT", words: "one of its segments is `.`." };
    if (segment.startsWith(" ") || segment.endsWith(" ")) {
      return { rule: "NAME_EDGE_SPACE", words: "a segment begins or ends with a space." };
    }
    const bytes2 = Buffer.byteLength(segment);
    if (bytes2 > MAX_SEGMENT_BYTES) {
      return {
        rule: "NAME_SEGMENT_TOO_LONG",
        words: `a segment has ${bytes2} bytes of UTF-8, more than ${MAX_SEGMENT_BYTES}. Split it with \`/\` or shorten it.`
      };
    }
  }
  const bytes = Buffer.byteLength(name);
  if (bytes > MAX_NAME_BYTES) {
    return { rule: "NAME_TOO_LONG", words: `it has ${bytes} bytes of UTF-8, more than ${MAX_NAME_BYTES}.` };
  }
  return void 0;
}
function quoteName(name) {
  return `"${printableText(name, 80)}"`;
}
function codePoint(character) {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;
}
function describeType(value) {
  return value === null ? "null" : typeof value;
}

// src/manager/listing.ts
import { setImmediate as nextTurn } from "node:timers/promises";

// src/secret/folder-name.ts
var LAST = "\u{10FFFF}";
function folderBehind(prefix, name) {
  const slash = name.indexOf("/", prefix.length);
  return slash === -1 ? void 0 : name.slice(0, slash + 1);
}
function endOfFolder(folder) {
  return folder + LAST;
}

// src/secret/name-order.ts
function compareNames(left, right) {
  const length = Math.min(left.length, right.length);
  for (let index = 0; index < length; index++) {
    const leftUnit = left.charCodeAt(index);
    const rightUnit = right.charCodeAt(index);
    if (leftUnit !== rightUnit) return codePointRank(leftUnit) - codePointRank(rightUnit);
  }
  return left.length - right.length;
}
function codePointRank(unit) {
  return unit >= 55296 && unit <= 57343 ? unit + 65536 : unit;
}

// src/manager/next-entry.ts
async function nextEntry(entries, after) {
  const result = await entries.next();
  if (!result.done && after !== void 0 && compareNames(result.value.name, after) <= 0) {
    throw new SecretsError("INTERNAL", "The backend's list gave a name that is not behind `after`.");
  }
  return result;
}

// src/manager/listing.ts
var ENTRIES_IN_A_TURN = 500;
var NAMES_OF_A_FOLDER = 100;
var Listing = class {
  #store;
  #range;
  #left;
  /** The name behind which the current page begins, and the last one that the store gave. */
  #pageAfter;
  #last;
  #entries;
  #pageLimit;
  #received = 0;
  #isLastPage = false;
  /** The folder that was given last, and how many names in it the store has given since. */
  #folder;
  #namesInFolder = 0;
  constructor(store, range) {
    const { after, folders, prefix, limit } = range;
    this.#store = store;
    this.#range = range;
    this.#left = limit;
    const folder = folders && after?.startsWith(prefix) ? folderBehind(prefix, after) : void 0;
    this.#last = folder === void 0 ? after : endOfFolder(folder);
  }
  /**
   * Finds the next secret, or folder. All that it takes is one step of the operation, however many entries are left out.
   *
   * @returns undefined at the end
   */
  async next(operation) {
    let leftOut = 0;
    while (this.#left > 0) {
      this.#entries ??= this.#openPage(operation);
      if (this.#entries === void 0) return void 0;
      const { done, value } = await nextEntry(this.#entries, this.#pageAfter);
      operation.assertNotEnded();
      if (done) {
        this.#entries = void 0;
        this.#isLastPage = this.#pageLimit === void 0 || this.#received < this.#pageLimit;
        continue;
      }
      this.#received++;
      this.#last = value.name;
      const folder = this.#range.folders ? folderBehind(this.#range.prefix, value.name) : void 0;
      if (folder !== void 0 && folder === this.#folder) {
        if (++this.#namesInFolder > NAMES_OF_A_FOLDER) await this.#leaveFolder();
      } else if (isSecretName(value.name === folder ? `${folder}a` : value.name)) {
        this.#left--;
        this.#folder = folder;
        this.#namesInFolder = 0;
        return folder === void 0 ? value : Object.freeze({ name: folder, isFolder: true });
      }
      if (++leftOut % ENTRIES_IN_A_TURN === 0) await nextTurn();
    }
    return void 0;
  }
  /** Lets the backend clean up after a list that is not read to its end. */
  async end() {
    await this.#entries?.return?.();
  }
  /** The next page begins behind the folder. */
  async #leaveFolder() {
    const entries = this.#entries;
    this.#entries = void 0;
    await entries?.return?.();
  }
  /** One page is enough unless entries that are left out took places of the limit. Undefined: there is no other. */
  #openPage(operation) {
    if (this.#isLastPage) return void 0;
    const { prefix, onlyNames, folders } = this.#range;
    this.#pageLimit = this.#left === Number.POSITIVE_INFINITY ? void 0 : this.#left;
    const isInFolder = this.#folder !== void 0 && this.#last?.startsWith(this.#folder);
    this.#pageAfter = isInFolder ? endOfFolder(this.#folder) : this.#last;
    this.#received = 0;
    return this.#store.list(
      {
        prefix,
        after: this.#pageAfter,
        limit: this.#pageLimit,
        ...onlyNames ? { onlyNames } : {},
        ...folders ? { oneLevel: true } : {}
      },
      operation
    );
  }
};

// src/manager/name-queue.ts
var NameQueue = class {
  #tails = /* @__PURE__ */ new Map();
  /**
   * Begins a call at once and hands it its turn to wait for, so that it can give up before. The turn ends with the call.
   */
  async run(name, call) {
    const turn = this.#tails.get(name) ?? Promise.resolve();
    const running = call(turn);
    const tail = Promise.allSettled([turn, running]).then(() => {
      if (this.#tails.get(name) === tail) this.#tails.delete(name);
    });
    this.#tails.set(name, tail);
    return running;
  }
};

// src/manager/secrets-in-transaction.ts
var made = /* @__PURE__ */ new WeakSet();
function onlyCalls(manager) {
  const calls = Object.freeze({
    create: manager.create.bind(manager),
    set: manager.set.bind(manager),
    get: manager.get.bind(manager),
    getMany: manager.getMany.bind(manager),
    has: manager.has.bind(manager),
    update: manager.update.bind(manager),
    delete: manager.delete.bind(manager),
    list: manager.list.bind(manager)
  });
  made.add(calls);
  return calls;
}
function isInTransaction(manager) {
  return made.has(manager);
}

// src/manager/validate-secret.ts
var MOST_ISSUES_READ = 200;
var MOST_STEPS_READ = 100;
var MOST_PATHS_SHOWN = 20;
async function validateSecret(secret, schema2) {
  let result;
  try {
    result = await schema2["~standard"].validate(secret.value);
  } catch (error) {
    throw new SecretsError("INVALID_VALUE", "The schema failed on the stored value.", {
      reason: "SCHEMA_FAILED",
      cause: error
    });
  }
  if (result.issues === void 0) {
    return new Secret(secret, freezeOutput(result.value));
  }
  const paths = /* @__PURE__ */ new Set();
  for (const { message, path } of result.issues.slice(0, MOST_ISSUES_READ)) {
    paths.add(
      formatPath(issuePath({ message, path: path?.slice(0, MOST_STEPS_READ) })) || "the value itself"
    );
    if (paths.size >= MOST_PATHS_SHOWN) break;
  }
  throw new SecretsError(
    "INVALID_VALUE",
    `The stored value is not what the schema expects, at ${[...paths].join(", ")}. Store it anew, or correct the schema.`,
    { reason: "SCHEMA_REFUSED" }
  );
}

// src/manager/secrets-manager.ts
var DEFAULT_CLOSE_TIMEOUT = 1e4;
var partsOf;
var SecretsManager = class _SecretsManager {
  #store;
  #location;
  #resolution;
  #dispose;
  #cache;
  #gateway;
  #updates = new NameQueue();
  #closing;
  static {
    partsOf = (manager) => ({ store: manager.#store, gateway: manager.#gateway });
  }
  /** Made by `createSecretsManager`. */
  constructor({ store, location, resolution, dispose, cache, gateway }) {
    this.#store = store;
    this.#location = location;
    this.#resolution = resolution;
    this.#dispose = dispose;
    this.#cache = cache;
    this.#gateway = gateway;
  }
  /**
   * Creates a secret.
   *
   * @throws SecretsError ALREADY_EXISTS when there is one of this name, and nothing is changed
   */
  async create(name, value, options = {}) {
    return this.#gateway.run(
      this.#call("create", name, options),
      async (operation) => this.#store.create(name, copySecretValue(value), operation)
    );
  }
  /**
   * Creates a secret or replaces its value.
   *
   * @returns what is known of it now; `manager` says who holds it
   */
  async set(name, value, options = {}) {
    return this.#gateway.run(
      this.#call("set", name, options),
      async (operation) => this.#store.set(name, copySecretValue(value), operation)
    );
  }
  async get(name, options = {}) {
    const call = this.#call("get", name, options, ["signal", "schema"]);
    const { schema: schema2 } = options;
    if (schema2 !== void 0 && !isStandardSchema(schema2)) {
      throw new TypeError("The option `schema` of get must be a Standard Schema validator.");
    }
    if (schema2 === void 0)
      return await this.#gateway.run(call, (operation) => this.#read(name, operation));
    return await this.#gateway.run(call, async (operation) => {
      const secret = await this.#read(name, operation);
      return secret === void 0 ? void 0 : validateSecret(secret, schema2);
    });
  }
  /**
   * Reads several secrets. One that fails does not fail the others.
   *
   * @param names an invalid one refuses the whole call
   * @returns one entry for each distinct name, in the order of the names
   */
  async getMany(names, options = {}) {
    if (!Array.isArray(names)) throw new TypeError("getMany takes an array of names.");
    const call = { operation: "getMany", signal: options.signal };
    assertOptions(options, call.operation, ["signal"]);
    for (const name of names) this.#assertName(name, call);
    return this.#gateway.run(call, async (operation) => {
      const results = /* @__PURE__ */ new Map();
      const wanted = [];
      for (const name of new Set(names)) {
        const secret = this.#cache?.find(name);
        results.set(name, secret === void 0 ? { status: "absent" } : { status: "found", secret });
        if (secret === void 0) wanted.push(name);
      }
      if (wanted.length > 0) await this.#store.getMany(wanted, results, operation);
      return results;
    });
  }
  /** Tells whether a secret exists, without decrypting it where the store allows. */
  async has(name, options = {}) {
    return this.#gateway.run(
      this.#call("has", name, options),
      (operation) => this.#store.has(name, operation)
    );
  }
  async update(name, change, options = {}) {
    const call = this.#call("update", name, options, ["signal", "ifVersion"]);
    const ifVersion = this.#checkIfVersion(options, call);
    if (typeof change !== "function") {
      return this.#gateway.run(
        call,
        async (operation) => this.#store.update(name, copySecretValue(change), ifVersion, operation)
      );
    }
    return this.#updates.run(
      name,
      (turn) => this.#gateway.run(call, async (operation) => {
        await turn;
        return this.#store.updateBy(name, change, ifVersion, operation);
      })
    );
  }
  /**
   * Deletes a secret, its older versions included.
   *
   * @returns whether there was one
   * @throws SecretsError CONFLICT when it does not have the version of `ifVersion`; UNSUPPORTED as for `update`
   */
  async delete(name, options = {}) {
    const call = this.#call("delete", name, options, ["signal", "ifVersion"]);
    const ifVersion = this.#checkIfVersion(options, call);
    return this.#gateway.run(call, (operation) => this.#store.delete(name, ifVersion, operation));
  }
  list(options = {}) {
    assertOptions(options, "list", ["signal", "prefix", "after", "limit", "onlyNames", "folders"]);
    const { prefix = "", after, limit, signal, onlyNames = false, folders = false } = options;
    if (typeof onlyNames !== "boolean" || typeof folders !== "boolean")
      throw new TypeError("The options `onlyNames` and `folders` of list must be booleans.");
    for (const text of [prefix, after === void 0 ? "" : after]) {
      if (typeof text !== "string" || !text.isWellFormed()) {
        throw new TypeError("The options `prefix` and `after` of list must be well-formed strings.");
      }
    }
    if (limit !== void 0) assertInteger(limit, "The option `limit` of list", 1, Number.MAX_SAFE_INTEGER);
    const call = { operation: "list", signal };
    if (!this.#store.capabilities.list) {
      throw this.#gateway.wrap(
        new SecretsError("UNSUPPORTED", `${this.#resolution.manager} cannot list.`),
        call
      );
    }
    return this.#list(call, { prefix, after, limit: limit ?? Number.POSITIVE_INFINITY, onlyNames, folders });
  }
  /**
   * Gives the calls on secrets that run in a transaction of the application: they see what it changed, and are committed or
   * rolled back with it. They use its connection and no other.
   *
   * A secret of a manager other than the database is refused with UNSUPPORTED, reason NOT_IN_TRANSACTION, and so is a new
   * one when another manager is selected. Await each call before the transaction ends. When a call fails with
   * OUTCOME_UNKNOWN, or with the reason TRANSACTION_ABORTED, roll the transaction back.
   *
   * @param transaction what the database's plugin takes: for `dbPlugin`, a `Transaction` of Kysely
   * @throws TypeError when it is not a transaction; SecretsError UNSUPPORTED, reason NOT_IN_TRANSACTION, when no installed
   * plugin has transactions; INVALID_ARGUMENT, reason OTHER_DATABASE, when it is one of another database
   * @example
   * await kysely.transaction().execute(async (transaction) => {
   *   await transaction.insertInto("connections").values({ id }).execute();
   *   await secrets.inTransaction(transaction).create(`connections/${id}`, { token });
   * });
   */
  inTransaction(transaction) {
    if (typeof transaction !== "object" || transaction === null) {
      throw new TypeError("inTransaction takes a transaction of the application's database.");
    }
    let store;
    try {
      store = this.#store.inTransaction(transaction);
    } catch (error) {
      throw error instanceof TypeError ? error : this.#gateway.wrap(error, { operation: "inTransaction" });
    }
    const gateway = this.#gateway;
    const parts = { store, gateway, location: this.#location, resolution: this.#resolution };
    return onlyCalls(new _SecretsManager({ ...parts, cache: void 0, dispose: async () => {
    } }));
  }
  /**
   * Tells the state of the store: cheaply, for health endpoints, or with `count: true` also how many secrets there are.
   * A store that does not answer is `unavailable` here, and does not throw.
   */
  async check(options = {}) {
    assertOptions(options, "check", ["signal", "count"]);
    const call = { operation: "check", signal: options.signal };
    try {
      const health = await this.#gateway.run(
        call,
        (operation) => this.#store.check({ count: options.count === true }, operation)
      );
      return printableHealth(health);
    } catch (error) {
      if (!isSecretsError(error) || error.code === "ABORTED" || error.code === "CLOSED") throw error;
      const { code, reason, message } = error;
      return {
        status: "unavailable",
        problems: [{ code, ...reason === void 0 ? {} : { reason }, message }]
      };
    }
  }
  /** Tells what was asked for, what is used, why, and where each setting came from. Safe to show a user. */
  describe() {
    const { capabilities, countByManager } = this.#store;
    const description = { ...this.#resolution, location: this.#location, capabilities };
    return countByManager === void 0 ? description : { ...description, countByManager: printableCounts(countByManager) };
  }
  /**
   * Refuses new calls, waits for those under way, aborts what is left after `timeout` milliseconds, and closes the store.
   * A plugin that does not close within ten seconds fails it with TIMEOUT, reason CLOSE_NOT_ENDED; the others are closed.
   * Calling it again gives the same promise.
   *
   * @param options `timeout`: at most 60 000. @default 10 000
   */
  close(options = {}) {
    assertOptions(options, "close", ["timeout"]);
    const { timeout = DEFAULT_CLOSE_TIMEOUT } = options;
    assertInteger(timeout, "The option `timeout` of close", 0, 6e4);
    this.#closing ??= (async () => {
      await this.#gateway.drain(timeout);
      this.#cache?.clear();
      await this.#dispose().catch((error) => {
        throw this.#gateway.wrap(error, { operation: "close" });
      });
    })();
    return this.#closing;
  }
  /** The same as `close()`, for `await using`. */
  [Symbol.asyncDispose]() {
    return this.close();
  }
  /** Checks what every call on one secret takes. */
  #call(operation, name, options, known = ["signal"]) {
    assertOptions(options, operation, known);
    const call = { operation, name, signal: options.signal };
    this.#assertName(name, call);
    return call;
  }
  #assertName(name, call) {
    try {
      assertSecretName(name);
    } catch (error) {
      throw isSecretsError(error) ? this.#gateway.wrap(error, { operation: call.operation }) : error;
    }
  }
  /** Through the cache when there is one. A read that others may join is not ended by the caller who began it. */
  #read(name, operation) {
    if (this.#cache === void 0) return this.#store.get(name, operation);
    const shared = { operation: "get", name };
    const cached = this.#cache.find(name);
    if (cached !== void 0) return Promise.resolve(cached);
    return this.#cache.read(
      name,
      () => this.#gateway.step(shared, this.#gateway.begin(shared), (own) => this.#store.get(name, own))
    );
  }
  #checkIfVersion(options, call) {
    const { ifVersion } = options;
    if (ifVersion === void 0) return void 0;
    if (typeof ifVersion !== "string") {
      throw new TypeError(
        `The option \`ifVersion\` of ${call.operation} must be the \`version\` of a secret.`
      );
    }
    return ifVersion;
  }
  async *#list(call, range) {
    const startedAt = performance.now();
    const event = publishStart(call.operation, this.#resolution.manager, void 0);
    let outcome = "success";
    const operation = this.#gateway.begin(call);
    const listing = new Listing(this.#store, range);
    try {
      for (; ; ) {
        const info = await this.#gateway.step(call, operation, () => listing.next(operation));
        if (info === void 0) return;
        yield info;
      }
    } catch (error) {
      outcome = isSecretsError(error) ? error.code : "INTERNAL";
      throw error;
    } finally {
      const ended = listing.end().catch(() => void 0);
      await this.#gateway.step(call, operation, () => ended).catch(() => void 0);
      if (event !== void 0) publishEnd(event, outcome, startedAt);
    }
  }
};

// src/errors/unmet-expectation.ts
function secretNotFound() {
  return new SecretsError("NOT_FOUND", "There is no secret of this name. Use `create` or `set`.");
}
function secretExists() {
  return new SecretsError("ALREADY_EXISTS", "A secret of this name exists already. Use `set` or `update`.");
}
function secretOfOtherManager(owner) {
  const words = `The manager ${printableText(owner)} holds a secret of this name.`;
  return new SecretsError("ALREADY_EXISTS", words, { reason: "OTHER_MANAGER" });
}
function secretElsewhere(owner, selected) {
  const words = `The manager ${printableText(owner)} holds a secret of this name, and ${printableText(selected)} is selected. Use \`set\` or \`update\` to change it where it is; to have it at ${printableText(selected)}, move it with \`migrateSecrets\`, or delete it and create it anew.`;
  return new SecretsError("ALREADY_EXISTS", words, { reason: "OTHER_MANAGER" });
}
function secretChanged() {
  const words = "The secret has another version by now; nothing was changed. Read it again and decide anew.";
  return new SecretsError("CONFLICT", words);
}
function secretInTransition(state) {
  const words = `The secret is being changed by another process (${printableText(state)}); nothing was changed. Try again.`;
  return new SecretsError("CONFLICT", words, { reason: "IN_TRANSITION" });
}
function secretCopied(holder) {
  const words = `The manager ${printableText(holder)} holds a copy of this secret, which must be deleted with it; nothing was changed.`;
  return new SecretsError("CONFLICT", words, { reason: "HAS_COPY" });
}
function withoutConditions(manager) {
  const words = `\`ifVersion\` is not supported by ${printableText(manager)}: it has no conditional writes.`;
  return new SecretsError("UNSUPPORTED", words, { manager });
}

// src/manager/backoff.ts
import { setTimeout as sleep } from "node:timers/promises";
var LONGEST_MILLISECONDS = 100;
async function backoff(attempt, signal) {
  const longest = Math.min(LONGEST_MILLISECONDS, 2 ** attempt);
  await sleep(Math.random() * longest, void 0, { signal }).catch(() => signal.throwIfAborted());
}

// src/manager/send-change.ts
function sendChange(name, operation, observer, change) {
  return operation.write(() => observer === void 0 ? change() : observer.write(name, change));
}

// src/manager/sole-store.ts
var SoleStore = class _SoleStore {
  #owner;
  #cache;
  constructor(owner, cache) {
    this.#owner = owner;
    this.#cache = cache;
  }
  get capabilities() {
    return this.#owner.backend.capabilities;
  }
  get(name, operation) {
    return this.#owner.get(name, operation);
  }
  async getMany(names, results, operation) {
    for (const [name, result] of await this.#owner.getMany(names, operation)) {
      if (result.status !== "failed") results.set(name, result);
      else results.set(name, { status: "failed", error: failedRead(result.error, this.#owner.id, name) });
    }
  }
  has(name, operation) {
    return this.#owner.has(name, operation);
  }
  create(name, value, operation) {
    return this.#write(name, value, "absent", operation);
  }
  set(name, value, operation) {
    return this.#write(name, value, "any", operation);
  }
  async update(name, value, ifVersion, operation) {
    const expect = this.#expectation(ifVersion);
    if (expect !== "of another") return this.#write(name, value, expect ?? "present", operation);
    throw await this.has(name, operation) ? secretChanged() : secretNotFound();
  }
  async updateBy(name, change, ifVersion, operation) {
    this.#expectation(ifVersion);
    for (let attempt = 0; ; attempt++) {
      operation.signal.throwIfAborted();
      const current = await this.#owner.get(name, operation.deciding());
      if (current === void 0) throw secretNotFound();
      if (ifVersion !== void 0 && current.version !== ifVersion) throw secretChanged();
      const next = await nextValue(change, current.value);
      const { version } = current;
      const read = this.#owner.conditionalWrites && version !== void 0 ? this.#owner.expectation(version) : void 0;
      try {
        return await this.#write(name, next, read ?? "present", operation);
      } catch (error) {
        if (read === void 0 || ifVersion !== void 0 || !isSecretsError(error, "CONFLICT")) throw error;
        await backoff(attempt, operation.signal);
      }
    }
  }
  async delete(name, ifVersion, operation) {
    const expect = this.#expectation(ifVersion);
    if (expect === "of another") {
      if (await this.has(name, operation)) throw secretChanged();
      return false;
    }
    return sendChange(
      name,
      operation,
      this.#cache,
      () => this.#owner.delete(name, expect ?? "any", operation)
    );
  }
  list(range, operation) {
    return this.#owner.list(range, operation);
  }
  check(options, operation) {
    return this.#owner.check(options, operation);
  }
  inTransaction(transaction) {
    return new _SoleStore(this.#owner.inTransaction(transaction), this.#cache?.inTransaction());
  }
  #write(name, value, expect, operation) {
    return sendChange(name, operation, this.#cache, () => this.#owner.write(name, value, expect, operation));
  }
  /** Undefined: no version is expected. */
  #expectation(ifVersion) {
    if (ifVersion === void 0) return void 0;
    if (!this.#owner.conditionalWrites) throw withoutConditions(this.#owner.id);
    return this.#owner.expectation(ifVersion) ?? "of another";
  }
};
function failedRead(error, manager, secretName) {
  return wrapError(error, { operation: "getMany", manager, secretName });
}

// src/manager/create-secrets-manager.ts
var DEFAULT_TIMEOUT = 3e4;
var LONGEST_TIMEOUT = 6e4;
var SHORTEST_RECOVERY_AGE = 2 * LONGEST_TIMEOUT;
var LONGEST_RECOVERY_AGE = 24 * 60 * 6e4;
async function createSecretsManager(options) {
  assertOptions(options, "createSecretsManager", [
    "plugins",
    "env",
    "logger",
    "timeout",
    "cache",
    "recoveryAge",
    "signal",
    "manager",
    "strict",
    "readFile"
  ]);
  const {
    plugins,
    env = process.env,
    logger: given = processWarnings,
    timeout = DEFAULT_TIMEOUT,
    signal
  } = options;
  assertInteger(timeout, "The option `timeout` of createSecretsManager", 1, LONGEST_TIMEOUT);
  const recoveryAge = options.recoveryAge ?? SHORTEST_RECOVERY_AGE;
  assertInteger(
    recoveryAge,
    "The option `recoveryAge` of createSecretsManager",
    SHORTEST_RECOVERY_AGE,
    LONGEST_RECOVERY_AGE
  );
  if (typeof given?.warn !== "function") {
    throw new TypeError(
      "The option `logger` of createSecretsManager must have a method `warn(fields, message)`."
    );
  }
  const logger = printableLogger(given);
  const cache = options.cache === void 0 ? void 0 : new SecretCache(options.cache);
  const plan = planSecretsManager(plugins, env, options);
  const closing = new AbortController();
  const context = {
    logger,
    strict: plan.resolution.strict,
    signal: signal ?? closing.signal
  };
  const opened = await openManagers(plan, context);
  try {
    const { store, dispose } = await openStore(plan, opened, {
      context,
      closing,
      cache,
      timeout,
      recoveryAge
    });
    const { fallback, manager } = plan.resolution;
    const location = opened.selected.product.location ?? manager;
    if (fallback !== void 0) await warnOfFallback(store, location, fallback, { timeout, logger });
    return new SecretsManager({
      store,
      location,
      dispose,
      resolution: plan.resolution,
      cache,
      gateway: new Gateway(manager, timeout, logger)
    });
  } catch (error) {
    await disposeAll(opened).catch(() => void 0);
    throw error;
  }
}
async function openManagers({ selected, references, resolution }, context) {
  if (references === void 0 || references === selected) {
    const opened = await openBackend(selected, { ...context, purpose: "secrets" }, resolution.fallback);
    return { selected: opened, keeper: references === void 0 ? void 0 : opened };
  }
  const keeper = await openBackend(references, { ...context, purpose: "references" }, void 0);
  try {
    const opensDegraded = !resolution.strict;
    const selectedContext = { ...context, purpose: "secrets", opensDegraded };
    return { selected: await openBackend(selected, selectedContext, void 0), keeper };
  } catch (error) {
    await keeper.dispose().catch(() => void 0);
    throw error;
  }
}
async function disposeAll({ selected, keeper }) {
  try {
    await selected.dispose();
  } finally {
    if (keeper !== void 0 && keeper !== selected) await keeper.dispose();
  }
}
async function openStore(plan, opened, parts) {
  const { context, closing, cache, timeout, recoveryAge } = parts;
  const selected = new Owner(plan.resolution.manager, opened.selected.product);
  if (opened.keeper === void 0 || plan.references === void 0) {
    return { store: new SoleStore(selected, cache), dispose: () => disposeAll(opened) };
  }
  const keeper = opened.keeper === opened.selected ? selected : new Owner(plan.references.plugin.id, opened.keeper.product);
  const owners = new Owners(selected, keeper, {
    idOf: plan.idOf,
    open: async (manager, late2) => {
      const signal = AbortSignal.any([closing.signal, late2]);
      return openOwner(plan.resolveOwner(manager), { ...context, signal, purpose: "secrets" });
    },
    assertKeeperConfigured: plan.assertKeeperConfigured
  });
  const operation = new Operation({ timeout, reserve: 0 }, context.logger, context.signal);
  try {
    const { openRoutedStore } = await import("./routing-OEABSWM5.js");
    const store = await operation.run(() => openRoutedStore({ owners, cache, recoveryAge }, operation));
    const dispose = async () => {
      closing.abort();
      try {
        await owners.close();
      } finally {
        await disposeAll(opened);
      }
    };
    return { store, dispose };
  } catch (error) {
    const failure = startError(error, keeper.id, context.signal);
    closing.abort();
    await owners.close().catch(() => void 0);
    throw failure;
  }
}
async function openOwner(plan, context) {
  try {
    return await openAttributed(plan, context);
  } catch (error) {
    if (context.signal.aborted && !isSecretsError(error)) {
      throw new SecretsError("ABORTED", "The secrets manager was closed before the call ended.");
    }
    throw attributeError(error, plan.plugin.id, {});
  }
}
async function openAttributed(plan, context) {
  const { product, dispose } = await openPlugin(plan, context);
  const { id } = plan.plugin;
  return {
    product,
    dispose: () => dispose().catch((error) => {
      throw attributeError(error, id, product);
    })
  };
}
async function openBackend(plan, context, fallback) {
  try {
    return await openAttributed(plan, context);
  } catch (error) {
    const failure = startError(error, plan.plugin.id, context.signal);
    if (fallback === void 0 || failure.code === "ABORTED" || failure.retryable) throw failure;
    throw new ConfigurationError(
      `The secrets manager ${fallback.from} is not configured, and ${fallback.to}, which would take over, does not open.`,
      [...fallback.missing, { problem: "invalid", plugin: fallback.to, expected: failure.message }]
    );
  }
}
async function warnOfFallback(store, destination, fallback, { timeout, logger }) {
  const operation = new Operation({ timeout, reserve: 0 }, logger, void 0);
  let isEmpty = false;
  try {
    isEmpty = await operation.run(async () => {
      const entries = store.list({ prefix: "", limit: 1 }, operation);
      const { done } = await entries.next();
      await entries.return?.();
      return done === true;
    });
  } catch {
  }
  const missing = fallback.missing.map(describeIssue);
  logger.warn(
    { code: "ARCHESTRA_SECRETS_FALLBACK", from: fallback.from, to: fallback.to, missing, destination },
    fallbackWarning(fallback, destination, isEmpty)
  );
}
function startError(error, manager, signal) {
  const isAbort = signal.aborted && !isSecretsError(error);
  const reason = isAbort ? new SecretsError("ABORTED", "The start was aborted by its signal.") : error;
  return wrapError(reason, { operation: "open", manager });
}

// src/routing/migration.ts
async function migrateSecrets(manager, options) {
  const { moveSecrets } = await import("./routing-OEABSWM5.js");
  return moveSecrets(manager, options);
}
async function finalizeMigration(manager, options = {}) {
  const { removeCopies } = await import("./routing-OEABSWM5.js");
  return removeCopies(manager, options);
}
async function rebindReferences(manager, options = {}) {
  const { rewritePaths } = await import("./routing-OEABSWM5.js");
  return rewritePaths(manager, options);
}

export {
  printableText,
  quotedText,
  SecretsError,
  isSecretsError,
  ConfigurationError,
  processWarnings,
  printableLogger,
  defineKind,
  backend,
  definePlugin,
  booleanSetting,
  stringSetting,
  readTextFile,
  readFileInTime,
  readSetting,
  resolvePlugin,
  openPlugin,
  variable,
  slot,
  option,
  coreSettings,
  PluginRegistry,
  resolveSecretsManager,
  noTransactions,
  ownedOutside,
  unknownInTransaction,
  createdOutside,
  listedOutside,
  movedOutside,
  changedOutside,
  wrapError,
  Owners,
  assertOptions,
  assertInteger,
  assertBoolean,
  nextValue,
  assertSecretName,
  isSecretName,
  folderBehind,
  compareNames,
  nextEntry,
  isInTransaction,
  partsOf,
  SecretsManager,
  secretNotFound,
  secretExists,
  secretOfOtherManager,
  secretElsewhere,
  secretChanged,
  secretInTransition,
  secretCopied,
  withoutConditions,
  backoff,
  sendChange,
  createSecretsManager,
  migrateSecrets,
  finalizeMigration,
  rebindReferences
};
//# sourceMappingURL=chunk-E3ZGKCYA.js.map