import { watchForPlantedTexts } from "../../../../tools/testing/planted-values.ts";
import { SecretsError } from "../../src/index.ts";

watchForPlantedTexts(SecretsError);
