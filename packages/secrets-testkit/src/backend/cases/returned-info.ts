import type { SecretVersion, StoredInfo } from "@archestra/secrets-core/plugin";
import type { ConformanceCase } from "../../runner/conformance-case.ts";
import type { BackendClient, BackendFixture } from "../backend-fixture.ts";
import { expectInfoOf } from "../returned-info.ts";

const RETURNED =
  'Capabilities.versions: "Whether `get`, `write` and `list` return a secret\'s version", which all clients read';

/** A write that returns the information about its secret. */
interface Write {
  /** The write, as its case names it. */
  readonly name: string;
  /** Whether the secret exists before. */
  readonly replaces: boolean;
  /** Whether it names the expected version. */
  readonly isConditional?: boolean;
  readonly run: (
    client: BackendClient,
    secret: string,
    version: SecretVersion | undefined,
  ) => Promise<Partial<StoredInfo>>;
}

const VALUE = Object.freeze({ token: "2" });

const writes: readonly Write[] = [
  { name: "create", replaces: false, run: ({ manager }, secret) => manager.create(secret, VALUE) },
  {
    name: "set of an absent secret",
    replaces: false,
    run: ({ manager }, secret) => manager.set(secret, VALUE),
  },
  {
    name: "set of an existing secret",
    replaces: true,
    run: ({ manager }, secret) => manager.set(secret, VALUE),
  },
  { name: "update", replaces: true, run: ({ manager }, secret) => manager.update(secret, VALUE) },
  {
    name: "update with a function",
    replaces: true,
    run: ({ manager }, secret) => manager.update(secret, () => VALUE),
  },
  {
    name: "update under a version",
    replaces: true,
    isConditional: true,
    run: ({ manager }, secret, ifVersion) => manager.update(secret, VALUE, { ifVersion }),
  },
];

/** Cases of the version and the times that writes return, on the first write of a secret and on a later one. */
export const returnedInfoCases: readonly ConformanceCase<BackendFixture>[] = writes.map(returnsWhatIsRead);

function returnsWhatIsRead(write: Write): ConformanceCase<BackendFixture> {
  return {
    name: `${write.name} returns the version and the times that another client reads`,
    contract: RETURNED,
    async run(fixture) {
      const client = await fixture.openDeclaring(
        ...(write.isConditional ? ["conditionalWrites" as const] : []),
      );
      const [reader, laterReader] = [await fixture.open(), await fixture.open()];
      for (const secret of ["first", "second/life"]) {
        let version: SecretVersion | undefined;
        if (secret !== "first") {
          await client.manager.create(secret, { token: "0" });
          await client.manager.delete(secret);
        }
        if (write.replaces) ({ version } = await client.manager.create(secret, { token: "1" }));
        const info = await write.run(client, secret, version);
        await expectInfoOf(reader.manager, secret, info, `\`${write.name}\``);
        if (!write.replaces) continue;
        const again = await write.run(client, secret, info.version);
        await expectInfoOf(laterReader.manager, secret, again, `a second \`${write.name}\``);
      }
    },
  };
}
