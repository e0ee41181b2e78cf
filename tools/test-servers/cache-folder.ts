import { homedir } from "node:os";
import { join } from "node:path";

/** The folder of this user in which test servers stay that were downloaded or built, for every clone on this machine. */
export function testServerCache(): string {
  return join(userCache(), "archestra-secrets", "test-servers");
}

function userCache(): string {
  const { XDG_CACHE_HOME, LOCALAPPDATA } = process.env;
  if (XDG_CACHE_HOME) return XDG_CACHE_HOME;
  if (process.platform === "darwin") return join(homedir(), "Library", "Caches");
  if (process.platform === "win32") return LOCALAPPDATA ?? join(homedir(), "AppData", "Local");
  return join(homedir(), ".cache");
}
