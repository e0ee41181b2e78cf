import { SecretsError } from "@archestra/secrets-core";
import { watchForPlantedTexts } from "../../../../tools/testing/planted-values.ts";

watchForPlantedTexts(SecretsError);
