import { watchForPlantedTexts } from "@archestra/test-harness/planted-values";
import { SecretsError } from "../../src/index.ts";

watchForPlantedTexts(SecretsError);
