import { envFile, type Planted, type PlantedSetup } from "./planted-setup.ts";

type Variables = Readonly<Record<string, string>>;

/** One run of a command. */
export interface CommandCase {
  /** The arguments, without `--env-file` and `--json`. */
  readonly args: readonly string[];
  /** The variables, which come from a file. @default those of the set-up */
  readonly env?: Variables;
  readonly input?: string;
  /** Further files in the working folder, with their contents. */
  readonly files?: Readonly<Record<string, string>>;
  readonly exitCode: number;
  /** What standard output is meant to show. @default nothing */
  readonly shows?: readonly Planted[];
  /** The files that are meant to contain values. @default none */
  readonly holds?: readonly string[];
  /** `never`: standard output is not a JSON document. @default it runs with `--json`, too */
  readonly json?: "never";
}

/** Sets one run up, which changes something that only it has. `id` is another one for each run. */
export type PrepareCase = (setup: PlantedSetup, id: string) => CommandCase | Promise<CommandCase>;

/** The runs of one command. */
export interface CommandCases {
  readonly succeeding: readonly PrepareCase[];
  readonly failing: readonly PrepareCase[];
}

const stored = (setup: PlantedSetup, name: string, manager: "DB" | "VAULT" = "DB") =>
  setup.store({ [name]: { token: setup.hidden.text("stored") } }, { ARCHESTRA_SECRETS_MANAGER: manager });

/** Servers that refuse every connection. */
const unreachable =
  (args: readonly string[], exitCode = 1): PrepareCase =>
  (setup) => ({ args, env: setup.unreachable, exitCode });

const plain =
  (args: readonly string[], exitCode = 0): PrepareCase =>
  () => ({ args, exitCode });

/** Every command of the program. */
export const commandCases: Readonly<Record<string, CommandCases>> = {
  doctor: {
    succeeding: [plain(["doctor"])],
    failing: [unreachable(["doctor"], 2)],
  },
  list: {
    succeeding: [plain(["list"])],
    failing: [unreachable(["list"])],
  },
  get: {
    succeeding: [
      plain(["get", "app"]),
      plain(["get", "in-vault", "--field", "token"]),
      () => ({ args: ["get", "app", "--reveal"], exitCode: 0, shows: ["stored"] }),
    ],
    failing: [unreachable(["get", "app"]), plain(["get", "app", "--field", "none", "--reveal"], 3)],
  },
  set: {
    succeeding: [
      ({ hidden }, id) => ({
        args: ["set", `set-${id}`, "--field", "token"],
        input: `${hidden.text("typed")}\n`,
        exitCode: 0,
      }),
      ({ hidden }, id) => ({
        args: ["set", `file-${id}`, "--field", "token", "--value-file", "value"],
        files: { value: hidden.text("typed") },
        exitCode: 0,
      }),
      ({ hidden }, id) => ({
        args: ["set", `json-${id}`, "--json-file", "value.json"],
        files: { "value.json": JSON.stringify({ token: hidden.text("typed") }) },
        exitCode: 0,
      }),
    ],
    failing: [
      ({ hidden }) => ({
        args: ["set", "app", "--json-file", "value.json"],
        files: { "value.json": `{"token": ${hidden.text("typed")}}` },
        exitCode: 64,
      }),
      ({ hidden, unreachable: env }) => ({
        args: ["set", "app", "--field", "token"],
        env,
        input: hidden.text("typed"),
        exitCode: 1,
      }),
      ({ hidden }) => ({
        args: ["set", "app", "--field", "token", "--if-version", "DB:none"],
        input: hidden.text("typed"),
        exitCode: 1,
      }),
    ],
  },
  delete: {
    succeeding: [
      async (setup, id) => {
        await stored(setup, `gone-${id}`);
        return { args: ["delete", `gone-${id}`, "--yes"], exitCode: 0 };
      },
    ],
    failing: [unreachable(["delete", "app", "--yes"])],
  },
  history: {
    succeeding: [plain(["history", "in-vault"])],
    failing: [unreachable(["history", "app"]), plain(["history", "app"], 1)],
  },
  import: {
    succeeding: [
      ({ hidden }, id) => ({
        args: ["import", "--from-json", "secrets.json", "--prefix", `json-${id}/`],
        files: { "secrets.json": JSON.stringify({ app: { token: hidden.text("imported") } }) },
        exitCode: 0,
      }),
      ({ hidden }, id) => ({
        args: ["import", "--from-env", "-", "--secret", `env-${id}`],
        input: `TOKEN=${hidden.text("imported")}\n`,
        exitCode: 0,
      }),
      async (setup, id) => ({
        args: ["import", "--from-json", "app.age", "--age-identity-file", "key", "--prefix", `age-${id}/`],
        files: { "app.age": await encryptedImport(setup, "identity"), key: setup.identityFile },
        exitCode: 0,
      }),
      async (setup, id) => ({
        args: ["import", "--from-json", "app.age", "--passphrase-file", "-", "--prefix", `phrase-${id}/`],
        files: { "app.age": await encryptedImport(setup, "passphrase") },
        input: setup.hidden.text("passphrase"),
        exitCode: 0,
      }),
      plain(["import", "--from-vault", "--prefix", "adopted"]),
      async (setup) => ({
        args: ["import", "--from-table", "secret", "--from-url", "-"],
        input: await setup.newTable(),
        exitCode: 0,
      }),
    ],
    failing: [
      ({ hidden }) => ({
        args: ["import", "--from-json", "secrets.json"],
        files: { "secrets.json": `{"app": {"token": ${hidden.text("imported")}}}` },
        exitCode: 64,
      }),
      ({ hidden }) => ({
        args: ["import", "--from-env", "app.env"],
        files: { "app.env": `in//valid=${hidden.text("imported")}\n${hidden.text("imported")}\n` },
        exitCode: 1,
      }),
      ({ hidden, env }) => ({
        args: ["import", "--from-table", "secret"],
        env: {
          ...env,
          ARCHESTRA_SOURCE_DATABASE_URL: `postgres://app:${hidden.text("sourcePassword")}@127.0.0.1:1/db`,
        },
        exitCode: 1,
      }),
      async (setup) => ({
        args: ["import", "--from-json", "app.age", "--age-identity-file", "key"],
        files: { "app.age": await encryptedImport(setup, "identity"), key: setup.identityFile.slice(0, -8) },
        exitCode: 64,
      }),
      async (setup) => ({
        args: ["import", "--from-json", "app.age", "--passphrase-file", "-"],
        files: { "app.age": await encryptedImport(setup, "passphrase") },
        input: setup.hidden.text("mapped"),
        exitCode: 64,
      }),
      ({ hidden, unreachable: env }) => ({
        args: ["import", "--from-json", "-"],
        env,
        input: JSON.stringify({ app: { token: hidden.text("imported") } }),
        exitCode: 1,
      }),
    ],
  },
  export: {
    succeeding: [
      () => ({ args: ["export", "app"], exitCode: 0, shows: ["stored"], json: "never" }),
      () => ({ args: ["export", "app", "--out", "out.json"], exitCode: 0, holds: ["out.json"] }),
      ({ hidden }) => ({
        args: ["export", "app", "--passphrase-file", "passphrase", "--out", "out.age"],
        files: { passphrase: hidden.text("passphrase") },
        exitCode: 0,
      }),
    ],
    failing: [
      unreachable(["export", "--out", "out.json"]),
      ({ hidden }) => ({
        args: ["export", "app", "--age-recipient", "age1none", "--out", "out.age"],
        input: hidden.text("passphrase"),
        exitCode: 64,
      }),
    ],
  },
  migrate: {
    succeeding: [
      async (setup, id) => {
        await stored(setup, `moved-${id}`);
        return { args: ["migrate", "--from", "DB", "--to", "VAULT", "--prefix", `moved-${id}`], exitCode: 0 };
      },
    ],
    failing: [unreachable(["migrate", "--to", "VAULT"])],
  },
  "migrate finalize": {
    succeeding: [plain(["migrate", "finalize", "--yes", "--prefix", "none"])],
    failing: [unreachable(["migrate", "finalize", "--yes"])],
  },
  "migrate database": {
    succeeding: [
      async (setup) => ({
        args: ["migrate", "database", "--from-env-file", "from.env", "--to-env-file", "to.env"],
        files: {
          "from.env": envFile({ ARCHESTRA_DATABASE_URL: await movableDatabase(setup) }),
          "to.env": envFile({ ARCHESTRA_DATABASE_URL: await setup.newDatabase("sourcePassword") }),
        },
        exitCode: 0,
      }),
    ],
    failing: [
      ({ unreachable: env }) => ({
        args: ["migrate", "database", "--from-env-file", "from.env", "--to-env-file", "to.env"],
        files: { "from.env": envFile(env), "to.env": envFile(env) },
        exitCode: 1,
      }),
    ],
  },
  "migrate release": {
    succeeding: [
      async (setup) => ({
        args: ["migrate", "release", "--yes", "--from-env-file", "from.env"],
        files: { "from.env": envFile({ ARCHESTRA_DATABASE_URL: await movableDatabase(setup) }) },
        exitCode: 0,
      }),
    ],
    failing: [
      ({ unreachable: env }) => ({
        args: ["migrate", "release", "--yes", "--from-env-file", "from.env"],
        files: { "from.env": envFile(env) },
        exitCode: 1,
      }),
    ],
  },
  "rotate status": {
    succeeding: [plain(["rotate", "status"])],
    failing: [unreachable(["rotate", "status"])],
  },
  "rotate sweep": {
    succeeding: [plain(["rotate", "sweep"])],
    failing: [unreachable(["rotate", "sweep"])],
  },
  "rotate verify": {
    succeeding: [plain(["rotate", "verify"])],
    failing: [unreachable(["rotate", "verify"])],
  },
  "rotate retire": {
    succeeding: [
      async (setup) => {
        const { env, oldKey } = await setup.sweptDatabase();
        return { args: ["rotate", "retire", "--yes", "--", oldKey], env, exitCode: 0 };
      },
    ],
    failing: [unreachable(["rotate", "retire", "key", "--yes"])],
  },
  "schema migrate": {
    succeeding: [plain(["schema", "migrate"])],
    failing: [unreachable(["schema", "migrate"])],
  },
  "schema pending": {
    succeeding: [
      async (setup) => ({
        args: ["schema", "pending"],
        env: { ...setup.env, ARCHESTRA_DATABASE_URL: await setup.newDatabase("password") },
        exitCode: 0,
      }),
    ],
    failing: [unreachable(["schema", "pending"])],
  },
  "schema print": {
    succeeding: [plain(["schema", "print", "--dialect", "postgres"])],
    failing: [plain(["schema", "print", "--dialect", "postgres", "--schema", ""], 1)],
  },
  "schema grants": {
    succeeding: [plain(["schema", "grants", "--role", "app"])],
    failing: [plain(["schema", "grants", "--role", "app", "--schema", ""], 1)],
  },
  "references rebind": {
    succeeding: [plain(["references", "rebind", "--prefix", "in-vault"])],
    failing: [unreachable(["references", "rebind"])],
  },
  run: {
    succeeding: [
      () => ({
        args: ["run", "A=app#token", "B=vault:secret/data/team/github#token", "--", "sh", "-c", "cat held"],
        files: { held: "the end of the command\n" },
        exitCode: 0,
        json: "never",
      }),
      () => ({
        args: ["run", "--map", "map.json", "--out", "app.env"],
        files: { "map.json": JSON.stringify({ A: "app#token", B: "in-vault#token" }) },
        exitCode: 0,
        holds: ["app.env"],
      }),
      () => ({ args: ["run", "--prefix", "variables/", "--", "true"], exitCode: 0, json: "never" }),
    ],
    failing: [
      unreachable(["run", "A=app#token", "--", "true"], 125),
      ({ hidden }) => ({
        args: ["run", "--map", "map.json", "--", "true"],
        files: { "map.json": JSON.stringify({ A: hidden.text("mapped") }) },
        exitCode: 64,
      }),
      ({ hidden }) => ({
        args: ["run", "--map", "-", "--", "true"],
        input: `{"A": ${hidden.text("mapped")}}`,
        exitCode: 64,
      }),
      plain(["run", "A=app#none", "--", "true"], 125),
      plain(["run", "A=app#token", "--", "no-such-command"], 127),
      // Standard output belongs to the command.
      () => ({
        args: ["run", "A=app#token", "--", "sh", "-c", "kill -KILL $$"],
        exitCode: 137,
        json: "never",
      }),
    ],
  },
  env: {
    succeeding: [plain(["env"]), plain(["env", "--format", "env"])],
    failing: [plain(["env", "--plugin", "./none.js"], 64)],
  },
  policy: {
    succeeding: [
      plain(["policy", "--role", "writer"]),
      ({ env, hidden }) => ({
        args: ["policy", "--role", "writer"],
        env: { ...env, ARCHESTRA_HASHICORP_VAULT_ADDR: `http://app:${hidden.text("password")}@127.0.0.1:1` },
        exitCode: 0,
      }),
    ],
    failing: [plain(["policy", "--role", "none"], 64)],
  },
  complete: {
    succeeding: [plain(["complete", "bash"]), plain(["complete", "--words", "--", "get", ""])],
    failing: [plain(["complete", "tcsh"], 64)],
  },
};

function encryptedImport(setup: PlantedSetup, key: "passphrase" | "identity"): Promise<string> {
  return setup.encrypted(JSON.stringify({ app: { token: setup.hidden.text("imported") } }), key);
}

async function movableDatabase(setup: PlantedSetup): Promise<string> {
  const url = await setup.newDatabase("password");
  const { ARCHESTRA_SECRETS_ENCRYPTION_SECRET: secret = "" } = setup.env;
  const more = { ARCHESTRA_SECRETS_MANAGER: "DB", ARCHESTRA_DATABASE_URL: url };
  await setup.store(
    { app: { token: setup.hidden.text("stored") } },
    { ...more, ARCHESTRA_SECRETS_ENCRYPTION_SECRET: secret },
  );
  return url;
}
