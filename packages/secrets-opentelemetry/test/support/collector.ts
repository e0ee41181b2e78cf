import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";

/** A value of an attribute, as OTLP has it in JSON. */
type OtlpValue = Readonly<Record<string, unknown>>;

interface OtlpAttribute {
  readonly key: string;
  readonly value: OtlpValue;
}

/** A span that was exported. */
export interface ExportedSpan {
  readonly scope: string;
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  /** Absent: it is the root of its trace. */
  readonly parentSpanId?: string;
  readonly kind: number;
  readonly status: { readonly code?: number; readonly message?: string };
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** A metric that was exported. */
export interface ExportedMetric {
  readonly name: string;
  readonly unit: string;
  readonly points: readonly {
    readonly attributes: Readonly<Record<string, unknown>>;
    /** The number of measurements of a histogram, or the sum of a counter. */
    readonly value: number;
  }[];
}

interface Scoped<Items> {
  readonly scope: { readonly name: string };
  readonly spans?: Items;
  readonly metrics?: Items;
}

type OtlpSpan = Omit<ExportedSpan, "scope" | "attributes"> & { readonly attributes: OtlpAttribute[] };
type OtlpPoint = {
  readonly attributes: OtlpAttribute[];
  readonly count?: string | number;
  readonly asDouble?: number;
  readonly asInt?: string | number;
};
type OtlpMetric = {
  readonly name: string;
  readonly unit: string;
  readonly histogram?: { readonly dataPoints: OtlpPoint[] };
  readonly sum?: { readonly dataPoints: OtlpPoint[] };
};

interface OtlpRequest {
  readonly resourceSpans?: readonly { readonly scopeSpans: readonly Scoped<OtlpSpan[]>[] }[];
  readonly resourceMetrics?: readonly { readonly scopeMetrics: readonly Scoped<OtlpMetric[]>[] }[];
}

/** A collector of OTLP over HTTP: it keeps what exporters send, byte by byte. */
export class Collector implements AsyncDisposable {
  readonly #server = createServer(async (request, response) => {
    const body = await buffer(request);
    this.#bodies.push(body);
    response.writeHead(200, { "content-type": "application/json" }).end("{}");
  });
  readonly #bodies: Buffer[] = [];

  static async start(): Promise<Collector> {
    const collector = new Collector();
    collector.#server.listen(0, "127.0.0.1");
    await once(collector.#server, "listening");
    return collector;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Everything that was received, as text. */
  get received(): string {
    return Buffer.concat(this.#bodies).toString("utf8");
  }

  get spans(): ExportedSpan[] {
    return this.#requests.flatMap(({ resourceSpans = [] }) =>
      resourceSpans.flatMap(({ scopeSpans }) =>
        scopeSpans.flatMap(({ scope, spans = [] }) =>
          spans.map((span) => ({ ...span, scope: scope.name, attributes: attributesOf(span) })),
        ),
      ),
    );
  }

  get metrics(): ExportedMetric[] {
    return this.#requests.flatMap(({ resourceMetrics = [] }) =>
      resourceMetrics.flatMap(({ scopeMetrics }) =>
        scopeMetrics.flatMap(({ metrics = [] }) =>
          metrics.map(({ name, unit, histogram, sum }) => ({
            name,
            unit,
            points: (histogram ?? sum)?.dataPoints.map(pointOf) ?? [],
          })),
        ),
      ),
    );
  }

  get #requests(): OtlpRequest[] {
    return this.#bodies.map((body) => JSON.parse(body.toString("utf8")) as OtlpRequest);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }
}

function pointOf(point: OtlpPoint): ExportedMetric["points"][number] {
  return { attributes: attributesOf(point), value: Number(point.count ?? point.asDouble ?? point.asInt) };
}

function attributesOf({ attributes }: { readonly attributes: OtlpAttribute[] }): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
}
