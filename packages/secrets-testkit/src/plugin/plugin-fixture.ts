import { isDeepStrictEqual } from "node:util";
import {
  type ConfigurationError,
  type ConfigurationIssue,
  createSecretsManager,
  type Environment,
  isSecretsError,
  type Resolution,
  resolveSecretsManager,
  type SettingDescription,
} from "@archestra/secrets-core";
import {
  backend,
  definePlugin,
  type Plugin,
  type SecretsBackend,
  slot,
  type VariableDeclaration,
} from "@archestra/secrets-core/plugin";
import { fail, outcomeOf, show, showOutcome } from "../expectation/expectation.ts";
import { HarnessGap } from "../runner/case-ending.ts";
import type { PluginHarness } from "./plugin-harness.ts";

const ROOT = "CONFORMANCE_ROOT";
const SLOT = "CONFORMANCE_PLUGIN";

/** What a resolution is made with. */
export interface Given {
  readonly env: Environment;
  readonly options?: Readonly<Record<string, unknown>> | undefined;
  /** What files hold, by path. */
  readonly files?: Readonly<Record<string, string>> | undefined;
}

/** What came of settings. */
interface Attempt {
  /** Undefined: they were refused. */
  readonly resolution: Resolution | undefined;
  /** What resolving and starting failed with. Empty: they were accepted. */
  readonly failures: readonly unknown[];
  /** What a start that was refused passed to the logger. */
  readonly logged: readonly unknown[];
}

/** What a case of the suite of descriptors works with: a plugin of any kind, in the slot of a plugin of ours. */
export class PluginFixture {
  readonly harness: PluginHarness;

  constructor(harness: PluginHarness) {
    this.harness = harness;
  }

  /** The descriptor, with options. */
  plugin(options?: Readonly<Record<string, unknown>>): Plugin {
    return this.harness.plugin(options as never);
  }

  /** A text that a variable accepts. */
  accepted({ name }: VariableDeclaration): string {
    const text = this.harness.accepted[name];
    if (text === undefined) throw new HarnessGap(`the harness has no \`accepted.${name}\``);
    return text;
  }

  /** A text that a variable's schema refuses. */
  refused({ name }: VariableDeclaration): string {
    const text = this.harness.refused?.[name];
    if (text === undefined) throw new HarnessGap(`the harness has no \`refused.${name}\``);
    return text;
  }

  /** The accepted texts of every variable but these. */
  envWithout(...names: readonly string[]): Environment {
    return Object.fromEntries(
      Object.entries(this.harness.accepted).filter(([name]) => !names.includes(name)),
    );
  }

  /**
   * Resolves the plugin's settings.
   *
   * It stands in a slot, not in the root: there, a missing setting is an error also when the plugin declares a fallback.
   */
  resolve(given: Given): Resolution {
    const { plugins, env, ...options } = this.#installed(given);
    return resolveSecretsManager(plugins, env, options);
  }

  /** What resolving gives, and, when it is refused, what a start says of it. Nothing is opened. */
  async attempt(given: Given): Promise<Attempt> {
    const resolved = await outcomeOf(async () => this.resolve(given));
    if (!resolved.failed) return { resolution: resolved.result, failures: [], logged: [] };
    const logged: unknown[] = [];
    const started = await outcomeOf(async () =>
      createSecretsManager({
        ...this.#installed(given),
        logger: { warn: (...parameters) => void logged.push(parameters) },
      }),
    );
    return {
      resolution: undefined,
      failures: [resolved.error, started.failed ? started.error : undefined],
      logged,
    };
  }

  #installed({ env, options, files = {} }: Given) {
    const plugin = this.plugin(options);
    const root = definePlugin({
      kind: backend,
      id: ROOT,
      contractVersion: 1,
      settings: { plugin: slot(plugin.kind, { variable: SLOT, default: plugin.id }) },
      create: (): SecretsBackend => {
        throw new TypeError("Nothing is opened here.");
      },
    });
    const others = (this.harness.plugins ?? []).filter(
      (other) => other.kind.id !== plugin.kind.id || other.id !== plugin.id,
    );
    const readFile = (path: string) => {
      const content = files[path];
      if (content === undefined) {
        // As `node:fs` words it, with the path in the message and beside it.
        const message = `ENOENT: no such file or directory, open '${path}'`;
        throw Object.assign(new Error(message), { code: "ENOENT", syscall: "open", path });
      }
      return content;
    };
    return { plugins: [root, plugin, ...others], env, manager: ROOT, readFile };
  }

  /** Where a setting came from, of a resolution that has to succeed. */
  async expectResolved(what: string, given: Given, key: string): Promise<SettingDescription> {
    const outcome = await outcomeOf(async () => this.resolve(given));
    if (outcome.failed) return fail(`${what} to be accepted`, showOutcome(outcome));
    const { id } = this.plugin(given.options);
    const setting = outcome.result.settings.find(({ plugin, option }) => plugin === id && option === key);
    return (
      setting ?? fail(`the resolution to describe the setting \`${key}\``, show(outcome.result.settings))
    );
  }

  /** The issues of a resolution that has to fail. */
  async expectIssues(what: string, given: Given): Promise<readonly ConfigurationIssue[]> {
    const outcome = await outcomeOf(async () => this.resolve(given));
    const isRight = outcome.failed && isSecretsError(outcome.error, "INVALID_CONFIGURATION");
    if (!isRight) return fail(`${what} to fail with INVALID_CONFIGURATION`, showOutcome(outcome));
    return (outcome.error as ConfigurationError).issues;
  }

  /** Fails unless exactly these problems are reported of a variable. */
  async expectProblem(
    what: string,
    given: Given,
    variable: string,
    problem: ConfigurationIssue["problem"],
  ): Promise<ConfigurationIssue> {
    const issues = (await this.expectIssues(what, given)).filter((issue) => issue.variable === variable);
    const problems = issues.map((issue) => issue.problem);
    const [issue] = issues;
    if (issue !== undefined && isDeepStrictEqual(problems, [problem])) return issue;
    return fail(`${what} to give one issue of ${variable}, \`${problem}\``, show(issues));
  }
}
