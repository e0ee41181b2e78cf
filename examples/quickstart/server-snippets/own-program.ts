// #region run
import { runProgram } from "@archestra/secrets-cli";

process.exitCode = await runProgram(process.argv.slice(2), { plugins: [redisPlugin()] });
// #endregion

/** Stands for a plugin of the application. */
declare function redisPlugin(): import("@archestra/secrets-core").Plugin;
