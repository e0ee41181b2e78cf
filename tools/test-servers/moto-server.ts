import { type AwsCredentials, signQuery } from "./aws-query.ts";
import { sendExactly } from "./exact-request.ts";
import { freePort } from "./free-port.ts";
import { findMoto } from "./moto-program.ts";
import { serverEnvironment } from "./server-environment.ts";
import { SupervisedProcess } from "./supervised-process.ts";

/** Credentials of a session, as STS gives them. */
export interface SessionCredentials extends AwsCredentials {
  readonly sessionToken: string;
  readonly expiration: Date;
}

const VERSIONS = { iam: "2010-05-08", sts: "2011-06-15" } as const;

/** The calls that moto accepts before it checks signatures, which create the administrator. */
const FREE_CALLS = 3;

/** For the free calls, which have to say in their signature which service they are for. */
const ANONYMOUS: AwsCredentials = { accessKeyId: "AKIAANONYMOUS", secretAccessKey: "anonymous" };

const EVERYTHING = policy({ Effect: "Allow", Action: "*", Resource: "*" });

/**
 * Starts moto's STS and IAM on a loopback port that was free, with an administrator, after which it verifies every
 * signature. It knows no region but that of the signature, does not look at the time of a signature nor at the end of a
 * session, and still takes keys that are inactive. It keeps nothing on disk, and ends with the process that started it.
 *
 * @throws {TestServerUnavailable} when moto cannot be had on this machine
 */
export async function startMoto(): Promise<MotoServer> {
  const { command, parameters } = await findMoto();
  const process = await SupervisedProcess.create("moto");
  const port = await freePort();
  const server = new MotoServer(process, port);
  try {
    await process.start(command, [...parameters, "-H", "127.0.0.1", "-p", String(port)], {
      ...serverEnvironment(process.folder, /^(AWS|MOTO|INITIAL_NO_AUTH)_/),
      INITIAL_NO_AUTH_ACTION_COUNT: String(FREE_CALLS),
    });
    await process.until("answers", () => server.answers());
    await server.createAdministrator();
    return server;
  } catch (error) {
    await server.stop();
    throw error;
  }
}

/** An STS and an IAM that verify signatures. */
export class MotoServer {
  /** The URL of both services, `http://127.0.0.1:<port>`. */
  readonly address: string;
  readonly port: number;
  readonly #process: SupervisedProcess;
  #administrator: AwsCredentials = ANONYMOUS;

  constructor(process: SupervisedProcess, port: number) {
    this.port = port;
    this.address = `http://127.0.0.1:${port}`;
    this.#process = process;
  }

  /** Who may do everything. */
  get administrator(): AwsCredentials {
    return this.#administrator;
  }

  /** Whether it accepts requests. */
  answers(): Promise<boolean> {
    return sendExactly(this.address, { method: "GET", path: "/moto-api/data.json", headers: {} }).then(
      ({ status }) => status === 200,
      () => false,
    );
  }

  /** Makes the administrator, as the first thing on a new server. */
  async createAdministrator(): Promise<void> {
    const name = "administrator";
    await this.createUser(name);
    const credentials = await this.createAccessKey(name);
    await this.query("iam", "PutUserPolicy", {
      UserName: name,
      PolicyName: "everything",
      PolicyDocument: EVERYTHING,
    });
    this.#administrator = credentials;
  }

  /** @returns its ARN */
  async createUser(name: string): Promise<string> {
    return element(await this.query("iam", "CreateUser", { UserName: name }), "Arn");
  }

  async createAccessKey(user: string): Promise<AwsCredentials> {
    const answer = await this.query("iam", "CreateAccessKey", { UserName: user });
    return {
      accessKeyId: element(answer, "AccessKeyId"),
      secretAccessKey: element(answer, "SecretAccessKey"),
    };
  }

  /** From now on what it signs is refused. */
  async deleteAccessKey(user: string, accessKeyId: string): Promise<void> {
    await this.query("iam", "DeleteAccessKey", { UserName: user, AccessKeyId: accessKeyId });
  }

  /** Makes a role that the administrator may assume. @returns its ARN */
  async createRole(name: string): Promise<string> {
    const trust = policy({ Effect: "Allow", Action: "sts:AssumeRole", Principal: { AWS: "*" } });
    return element(
      await this.query("iam", "CreateRole", { RoleName: name, AssumeRolePolicyDocument: trust }),
      "Arn",
    );
  }

  /**
   * Credentials of a session of a role. Only their `expiration` ends: what they sign is good until the server stops.
   *
   * @param options.durationSeconds @default 3,600
   */
  async assumeRole(
    roleArn: string,
    session: string,
    options: { readonly durationSeconds?: number } = {},
  ): Promise<SessionCredentials> {
    const answer = await this.query("sts", "AssumeRole", {
      RoleArn: roleArn,
      RoleSessionName: session,
      DurationSeconds: String(options.durationSeconds ?? 3_600),
    });
    return {
      accessKeyId: element(answer, "AccessKeyId"),
      secretAccessKey: element(answer, "SecretAccessKey"),
      sessionToken: element(answer, "SessionToken"),
      expiration: new Date(element(answer, "Expiration")),
    };
  }

  /**
   * Sends what AWS calls an action, signed.
   *
   * @param credentials @default the administrator's
   * @returns the answer, in XML
   * @throws Error with the server's words when it refuses
   */
  async query(
    service: "iam" | "sts",
    action: string,
    parameters: Readonly<Record<string, string>> = {},
    credentials: AwsCredentials = this.#administrator,
  ): Promise<string> {
    const { headers, body } = await signQuery({
      address: this.address,
      service,
      credentials,
      parameters: { Action: action, Version: VERSIONS[service], ...parameters },
    });
    const { status, text } = await sendExactly(this.address, {
      method: "POST",
      path: "/",
      headers,
      content: body,
    });
    if (status === 200) return text;
    throw new Error(`${action} answered ${status}: ${text.trim()}`);
  }

  /** From now on it accepts connections and answers nothing, until `thaw`. */
  async freeze(): Promise<void> {
    await this.#process.freeze();
  }

  async thaw(): Promise<void> {
    await this.#process.thaw();
  }

  /** Ends its process: connections are refused from now on. */
  async end(): Promise<void> {
    await this.#process.end("SIGKILL");
  }

  /** What it has written. */
  get log(): string {
    return this.#process.log;
  }

  /** Kills it. */
  async stop(): Promise<void> {
    await this.#process.dispose();
  }
}

function policy(statement: Readonly<Record<string, unknown>>): string {
  return JSON.stringify({ Version: "2012-10-17", Statement: [statement] });
}

function element(xml: string, name: string): string {
  const found = new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1];
  if (found === undefined) throw new Error(`The answer has no ${name}.`);
  return found;
}
