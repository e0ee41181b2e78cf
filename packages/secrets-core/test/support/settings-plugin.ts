import {
  createSecretsManager,
  type Environment,
  type Resolution,
  resolveSecretsManager,
} from "../../src/index.ts";
import {
  backend,
  definePlugin,
  type OptionsOf,
  type Plugin,
  type SettingDeclarations,
  type SettingsOf,
} from "../../src/plugin.ts";
import { fakeBackend } from "./fake-backend.ts";

/** What the test gives the settings: variables, options, and files by path. */
interface Given<Settings extends SettingDeclarations> {
  readonly env?: Environment;
  readonly options?: OptionsOf<Settings>;
  readonly files?: Readonly<Record<string, string>>;
  /** Instead of `files`. */
  readonly readFile?: (path: string) => string;
}

/** What `create` of a plugin with these settings receives. */
export async function openedSettings<const Settings extends SettingDeclarations>(
  settings: Settings,
  { env = {}, options = {}, files }: Given<Settings> = {},
): Promise<SettingsOf<Settings>> {
  let received: SettingsOf<Settings> | undefined;
  const plugin = storePlugin(settings, options, (opened) => {
    received = opened;
  });
  const readFile = files === undefined ? undefined : readFrom(files);
  await createSecretsManager({ plugins: [plugin], manager: "STORE", env, readFile });
  if (received === undefined) throw new Error("The plugin was not opened.");
  return received;
}

/** Resolves a plugin with these settings, without opening it. */
export function resolveSettings<const Settings extends SettingDeclarations>(
  settings: Settings,
  { env = {}, options = {}, files = {}, readFile = readFrom(files) }: Given<Settings> = {},
): Resolution {
  return resolveSecretsManager([storePlugin(settings, options)], env, { manager: "STORE", readFile });
}

function storePlugin<const Settings extends SettingDeclarations>(
  settings: Settings,
  options: OptionsOf<Settings>,
  receive: (settings: SettingsOf<Settings>) => void = () => {},
): Plugin {
  return definePlugin({
    kind: backend,
    id: "STORE",
    contractVersion: 1,
    options,
    settings,
    create: (opened) => {
      receive(opened);
      return fakeBackend();
    },
  });
}

function readFrom(files: Readonly<Record<string, string>>): (path: string) => string {
  return (path) => {
    const content = files[path];
    if (content === undefined) throw Object.assign(new Error("no such file"), { code: "ENOENT" });
    return content;
  };
}
