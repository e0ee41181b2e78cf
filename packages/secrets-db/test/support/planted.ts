import { plantedText, showsPlantedText } from "@archestra/test-harness/planted-values";

export { plantedText, showsPlantedText };

/** A secret value that no error, event, warning, output or file may show. */
export function plantedValue(): { token: string } {
  return { token: plantedText() };
}

/** A strong encryption secret that nothing may show either. */
export const plantedKey = plantedText;
