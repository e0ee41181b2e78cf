// #region read
import { openVaultReader } from "@archestra/secrets-vault";
import { tokenAuth } from "@archestra/vault-auth-token";

const reader = await openVaultReader({}, { plugins: [tokenAuth()] });
const secret = await reader.read("secret/data/team/database"); // undefined when it does not exist
await reader.close();
// #endregion
console.log(secret?.value.password);
