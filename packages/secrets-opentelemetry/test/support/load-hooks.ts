/*
 * Loaded by `--import` before a program: lets the instrumentation of `pg` change that module, as OpenTelemetry's documentation
 * describes it for ES modules.
 */
import { register } from "node:module";

register("@opentelemetry/instrumentation/hook.mjs", import.meta.url);
