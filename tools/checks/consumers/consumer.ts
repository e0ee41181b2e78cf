import type { PackageManager } from "../custom-backend/plugin-project.ts";

/** The value that every consumer stores and reads back, on a line of its own. */
const readBack = /^ghp_not_a_real_token$/m;

/** One start of a consumer. */
export interface ConsumerRun {
  /** The script of its package.json. */
  readonly script: string;
  /** The manager that its environment selects. */
  readonly store: "DB" | "VAULT";
  /** What it prints. */
  readonly prints: RegExp;
}

/** A small application that installs our packages from tarballs. */
export interface Consumer {
  /** The folder in `examples/consumers/`, unless it is another one's. It is the id of the cell. */
  readonly name: string;
  /** The consumer whose folder it is run from, with other versions of these packages. Absent: it has a folder of its own. */
  readonly variantOf?: { readonly name: string; readonly versions: Readonly<Record<string, string>> };
  readonly manager: PackageManager;
  /** Whether it is checked before every merge, and not in long tests alone. */
  readonly isQuick: boolean;
  /** Run in this order, after the script `build` when there is one. */
  readonly runs: readonly ConsumerRun[];
}

const onDatabase: ConsumerRun = { script: "start", store: "DB", prints: readBack };
const onVault: ConsumerRun = { script: "start", store: "VAULT", prints: readBack };
/** The value, and the spans of the calls on the console. */
const withSpans: ConsumerRun = {
  ...onDatabase,
  prints: /(?=[\s\S]*^ghp_not_a_real_token$)(?=[\s\S]*name: 'secrets\.set')(?=[\s\S]*name: 'secrets\.get')/m,
};

function consumer(name: string, ...runs: readonly ConsumerRun[]): Consumer {
  return { name, manager: "npm", isQuick: false, runs };
}

function quick(name: string, ...runs: readonly ConsumerRun[]): Consumer {
  return { ...consumer(name, ...runs), isQuick: true };
}

/** A TypeScript that a CommonJS module can import ES modules with: 5.8 or newer. */
const asCommonJs: ConsumerRun = { script: "start:commonjs", store: "DB", prints: readBack };

/** The application with the newest patch of a TypeScript. */
function typescript(version: string, ...runs: readonly ConsumerRun[]): Consumer {
  const variantOf = { name: "typescript", versions: { typescript: `~${version}.0` } };
  return { ...consumer(`typescript-${version}`, ...runs), variantOf };
}

/** All applications of `examples/consumers/`, and how each is run. */
export const consumers: readonly Consumer[] = [
  quick("commonjs", onDatabase),
  quick("webpack", onDatabase, onVault, {
    script: "start:without-pg",
    store: "DB",
    prints: /INVALID_CONFIGURATION CLIENT_NOT_INSTALLED .*npm install pg/,
  }),
  quick("esbuild", onDatabase, onVault, {
    script: "start:without-banner",
    store: "VAULT",
    prints: /INVALID_CONFIGURATION REQUIRE_UNAVAILABLE .*import \{ createRequire \} from "node:module"/,
  }),
  quick("jest", { ...onDatabase, prints: /^Tests: +2 passed, 2 total$/m }),
  consumer("kysely-0.28", onDatabase),
  consumer("node-20", {
    ...onDatabase,
    prints:
      /INVALID_CONFIGURATION NODE_UNSUPPORTED .* runs on Node 20\.\d+\.\d+, but @archestra\/secrets-core requires Node 22\.18/,
  }),
  consumer("lambda", onDatabase, onVault),
  consumer("vitest", { ...onDatabase, prints: /Tests +1 passed/ }),
  consumer("next-16", onDatabase),
  { ...consumer("next-15", onDatabase), variantOf: { name: "next-16", versions: { next: "^15" } } },
  consumer("nest-11", onDatabase),
  consumer("fastify", onDatabase),
  consumer("express", onDatabase),
  consumer("hono", onDatabase),
  consumer("vite", onDatabase, onVault),
  consumer("rollup", onDatabase, onVault),
  consumer("worker-threads", onDatabase),
  consumer("cluster", onDatabase),
  quick("container", onDatabase),
  consumer("opentelemetry", withSpans),
  {
    ...consumer("opentelemetry-2", withSpans),
    variantOf: {
      name: "opentelemetry",
      versions: { "@opentelemetry/api": "~1.9.0", "@opentelemetry/sdk-node": "~0.200.0" },
    },
  },
  consumer("bun", onDatabase, onVault),
  consumer("deno", onDatabase, onVault),
  { ...typescript("5.4", onDatabase), isQuick: true },
  typescript("5.9", onDatabase, asCommonJs),
  typescript("6.0", onDatabase, asCommonJs),
  typescript("7.0", onDatabase, asCommonJs),
];
