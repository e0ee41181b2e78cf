import { SecretsError } from "@archestra/secrets-core";
import { watchForPlantedTexts } from "@archestra/test-harness/planted-values";

watchForPlantedTexts(SecretsError);
