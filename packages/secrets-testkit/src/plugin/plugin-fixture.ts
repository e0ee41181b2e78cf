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

/** The input of a resolution. */
export interface Given {
  readonly env: Environment;
  readonly options?: Readonly<Record<string, unknown>> | undefined;
  /** The contents of files, by path. */
  readonly files?: Readonly<Record<string, string>> | undefined;
}

/** The result of resolving settings. */
interface Attempt {
  /** Undefined: the settings were refused. */
  readonly resolution: Resolution | undefined;
  /** The errors of the resolution and of the start. Empty: the settings were accepted. */
  readonly failures: readonly unknown[];
  /** The messages of a refused start to the logger. */
  readonly logged: readonly unknown[];
}

/** The fixture of a case of the descriptor suite: a plugin of any kind, in the slot of a plugin of the suite. */
export class PluginFixture {
  readonly harness: PluginHarness;

  constructor(harness: PluginHarness) {
    this.harness = harness;
  }

  /** Creates the descriptor with options. */
  plugin(options?: Readonly<Record<string, unknown>>): Plugin {
    return this.harness.plugin(options as never);
  }

  /** Returns a text that a variable accepts. */
  accepted({ name }: VariableDeclaration): string {
    const text = this.harness.accepted[name];
    if (text === undefined) throw new HarnessGap(`the harness has no \`accepted.${name}\``);
    return text;
  }

  /** Returns a text that the schema of a variable refuses. */
  refused({ name }: VariableDeclaration): string {
    const text = this.harness.refused?.[name];
    if (text === undefined) throw new HarnessGap(`the harness has no \`refused.${name}\``);
    return text;
  }

  /** Returns the accepted texts of every variable except the named ones. */
  envWithout(...names: readonly string[]): Environment {
    return Object.fromEntries(
      Object.entries(this.harness.accepted).filter(([name]) => !names.includes(name)),
    );
  }

  /**
   * Resolves the plugin's settings.
   *
   * The plugin is in a slot and not the manager: in a slot, a missing setting is an error even if it declares a fallback.
   */
  resolve(given: Given): Resolution {
    const { plugins, env, ...options } = this.#installed(given);
    return resolveSecretsManager(plugins, env, options);
  }

  /** Resolves the settings, and starts a manager with them if they are refused. Opens no store. */
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
        // The error of `node:fs`, with the path in its message and as a property.
        const message = `ENOENT: no such file or directory, open '${path}'`;
        throw Object.assign(new Error(message), { code: "ENOENT", syscall: "open", path });
      }
      return content;
    };
    return { plugins: [root, plugin, ...others], env, manager: ROOT, readFile };
  }

  /** Returns the description of a setting, of a resolution that must succeed. */
  async expectResolved(what: string, given: Given, key: string): Promise<SettingDescription> {
    const outcome = await outcomeOf(async () => this.resolve(given));
    if (outcome.failed) return fail(`${what} to be accepted`, showOutcome(outcome));
    const { id } = this.plugin(given.options);
    const setting = outcome.result.settings.find(({ plugin, option }) => plugin === id && option === key);
    return (
      setting ?? fail(`the resolution to describe the setting \`${key}\``, show(outcome.result.settings))
    );
  }

  /** Returns the issues of a resolution that must fail. */
  async expectIssues(what: string, given: Given): Promise<readonly ConfigurationIssue[]> {
    const outcome = await outcomeOf(async () => this.resolve(given));
    const isRight = outcome.failed && isSecretsError(outcome.error, "INVALID_CONFIGURATION");
    if (!isRight) return fail(`${what} to fail with INVALID_CONFIGURATION`, showOutcome(outcome));
    return (outcome.error as ConfigurationError).issues;
  }

  /** Fails unless exactly one issue, with this problem, is reported for a variable. */
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
