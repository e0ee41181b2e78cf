// #region read
import { openVaultReader } from "@archestra/secrets-vault";
import { tokenAuth } from "@archestra/vault-auth-token";

await using reader = await openVaultReader({}, { plugins: [tokenAuth()] });
const secret = await reader.read("secret/data/team/database"); // undefined when it does not exist
// #endregion
console.log(secret === undefined);
