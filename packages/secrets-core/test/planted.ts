import { plantedText } from "../../../tools/testing/planted-values.ts";

export { plantedText };

/** A secret value that no error, event, warning or output may show; see `setup/planted-values.ts`. */
export function plantedValue(): { token: string } {
  return { token: plantedText() };
}
