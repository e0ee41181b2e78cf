/* For applications that make a program of their own, with plugins that they construct in code. */
export { type ExitCode, exitCodes } from "./program/exit-codes.ts";
export { type ProgramOptions, runProgram } from "./program/run-program.ts";
