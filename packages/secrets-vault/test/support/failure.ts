export { failure } from "../../../../tools/testing/failure.ts";
