import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Environment } from "@archestra/secrets-core";

/** Credentials in files, as an orchestrator provides and replaces them. */
export class CredentialFiles {
  readonly #folder = mkdtempSync(join(tmpdir(), "archestra-conformance-"));

  /** Returns the environment with some variables in files, which have their values. */
  env(env: Environment, names: readonly string[]): Environment {
    const entries = Object.entries(env).map(([name, value]) =>
      names.includes(name) ? [`${name}_FILE`, join(this.#folder, name)] : [name, value],
    );
    this.write(Object.fromEntries(names.map((name) => [name, env[name] ?? ""])));
    return Object.fromEntries(entries);
  }

  /** Replaces the contents of files in one step each. */
  write(values: Readonly<Record<string, string>>): void {
    for (const [name, value] of Object.entries(values)) {
      const file = join(this.#folder, name);
      writeFileSync(`${file}.new`, value, { mode: 0o600 });
      renameSync(`${file}.new`, file);
    }
  }

  /** Removes files, as a mount that an orchestrator is replacing does. */
  lose(names: readonly string[]): void {
    for (const name of names) rmSync(join(this.#folder, name));
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true });
  }
}
