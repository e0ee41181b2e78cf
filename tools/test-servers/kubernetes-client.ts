import { sendExactly } from "./exact-request.ts";
import { jsonObject } from "./json-object.ts";

/** An object as Kubernetes holds it. */
export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly [field: string]: unknown;
  };
  readonly [field: string]: unknown;
}

export interface KubernetesAnswer {
  readonly status: number;
  /** Empty when the answer is empty or not JSON. */
  readonly body: Readonly<Record<string, unknown>>;
  readonly text: string;
}

/** The administrator's way to a kube-apiserver. */
export class KubernetesClient {
  readonly address: string;
  readonly #authority: string;
  readonly #token: string;

  /** @param authority the certificate, in PEM, that its own is trusted by */
  constructor(address: string, authority: string, token: string) {
    this.address = address;
    this.#authority = authority;
    this.#token = token;
  }

  /** Sends one request and gives its answer, whatever its status. @param path such as `/api/v1/namespaces` */
  async request(
    method: string,
    path: string,
    body?: unknown,
    contentType = "application/json",
  ): Promise<KubernetesAnswer> {
    const answer = await sendExactly(this.address, {
      method,
      path,
      headers: {
        accept: "application/json",
        authorization: `Bearer ${this.#token}`,
        ...(body === undefined ? {} : { "content-type": contentType }),
      },
      content: body === undefined ? undefined : JSON.stringify(body),
      trust: { ca: this.#authority },
    });
    return { status: answer.status, body: jsonObject(answer.text), text: answer.text };
  }

  /** Like `request`, for what has to succeed. @throws Error with the server's own words when it refuses */
  async demand(
    method: string,
    path: string,
    body?: unknown,
    contentType?: string,
  ): Promise<KubernetesAnswer["body"]> {
    const answer = await this.request(method, path, body, contentType);
    if (answer.status >= 200 && answer.status < 300) return answer.body;
    const words = answer.body.message ?? answer.text.trim();
    throw new Error(`${method} ${path} answered ${answer.status}: ${words}`);
  }

  /**
   * Makes an object, or changes it to this. Fields that Kubernetes does not know are refused.
   *
   * @param options.dryRun whether the server only says what it would do
   * @returns the object as the server holds it then
   */
  async apply(
    object: KubernetesObject,
    options: { readonly dryRun?: boolean } = {},
  ): Promise<KubernetesObject> {
    const { name, namespace } = object.metadata;
    const folder = object.apiVersion.includes("/")
      ? `/apis/${object.apiVersion}`
      : `/api/${object.apiVersion}`;
    const { plural, namespaced } = await this.#resource(folder, object.kind);
    if (namespaced && namespace === undefined) throw new Error(`${object.kind} ${name} names no namespace.`);
    const place = namespaced ? `${folder}/namespaces/${namespace}` : folder;
    const query = `fieldManager=test&force=true&fieldValidation=Strict${options.dryRun ? "&dryRun=All" : ""}`;
    const path = `${place}/${plural}/${name}?${query}`;
    return (await this.demand("PATCH", path, object, "application/apply-patch+yaml")) as KubernetesObject;
  }

  async #resource(folder: string, kind: string): Promise<{ plural: string; namespaced: boolean }> {
    const { resources } = (await this.demand("GET", folder)) as {
      resources: readonly { readonly kind: string; readonly name: string; readonly namespaced: boolean }[];
    };
    const found = resources.find((resource) => resource.kind === kind && !resource.name.includes("/"));
    if (found === undefined) throw new Error(`${folder} has no ${kind}.`);
    return { plural: found.name, namespaced: found.namespaced };
  }
}
