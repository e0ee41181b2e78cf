export { failure } from "@archestra/test-harness/failure";
