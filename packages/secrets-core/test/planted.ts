import { plantedText } from "@archestra/test-harness/planted-values";

export { plantedText };

/** A secret value that no error, event, warning or output may show; see `setup/planted-values.ts`. */
export function plantedValue(): { token: string } {
  return { token: plantedText() };
}
