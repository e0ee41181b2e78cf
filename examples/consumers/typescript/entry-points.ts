/* Every other entry point, so that the declarations of each are checked. */

import { runProgram } from "@archestra/secrets-cli";
import * as ownership from "@archestra/secrets-core/ownership";
import * as plugin from "@archestra/secrets-core/plugin";
import * as testkit from "@archestra/secrets-testkit";
import * as faults from "@archestra/secrets-testkit/faults";
import * as nodeTest from "@archestra/secrets-testkit/node-test";
import * as vaultAuth from "@archestra/secrets-testkit/vault-auth";
import * as vitest from "@archestra/secrets-testkit/vitest";
import * as auth from "@archestra/secrets-vault/auth";

export const entryPoints = [ownership, plugin, testkit, faults, nodeTest, vaultAuth, vitest, auth];
export const exitCode: Promise<number> = runProgram(["--version"], { plugins: [] });
