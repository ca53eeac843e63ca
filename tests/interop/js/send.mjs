// Sends spans, log records and a counter by an exporter of OpenTelemetry JS: node send.mjs KIND URL AGENT COUNT
// KIND: grpc, proto (HTTP/protobuf) or json (HTTP/JSON).
import { SpanKind } from "@opentelemetry/api";
import { SeverityNumber } from "@opentelemetry/api-logs";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { BatchLogRecordProcessor, LoggerProvider } from "@opentelemetry/sdk-logs";
import { MeterProvider, PeriodicExportingMetricReader } from "@opentelemetry/sdk-metrics";
import { BatchSpanProcessor, NodeTracerProvider } from "@opentelemetry/sdk-trace-node";

const [kind, url, agent, countText] = process.argv.slice(2);
const count = Number(countText);
const flavour = { grpc: "grpc", proto: "proto", json: "http" }[kind];
const [{ OTLPTraceExporter }, { OTLPLogExporter }, { OTLPMetricExporter }] = await Promise.all(
  ["trace", "logs", "metrics"].map((signal) => import(`@opentelemetry/exporter-${signal}-otlp-${flavour}`)),
);
const options = (signal) => (kind === "grpc" ? { url } : { url: `${url}/v1/${signal}`, compression: "gzip" });
const resource = resourceFromAttributes({ "service.name": agent, "swarmscope.agent.id": agent });
const queue = { maxQueueSize: count + 1, scheduledDelayMillis: 100 };

const tracing = new NodeTracerProvider({
  resource,
  spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter(options("traces")), queue)],
});
const logging = new LoggerProvider({
  resource,
  processors: [new BatchLogRecordProcessor(new OTLPLogExporter(options("logs")), queue)],
});
const reader = new PeriodicExportingMetricReader({
  exporter: new OTLPMetricExporter(options("metrics")),
  exportIntervalMillis: 3_600_000,
});
const metering = new MeterProvider({ resource, readers: [reader] });

const tracer = tracing.getTracer("interop", "1.0");
const logger = logging.getLogger("interop");
const counter = metering.getMeter("interop").createCounter("interop.calls");
for (let n = 0; n < count; n++) {
  const attributes = { n, "gen_ai.agent.name": agent, share: n / 4, good: n % 2 === 0, tags: ["ä", "b"] };
  const span = tracer.startSpan("work", { kind: SpanKind.CLIENT, attributes });
  span.addEvent("said", { text: "héllo" });
  span.end();
  logger.emit({ severityNumber: SeverityNumber.INFO, body: `line ${n}`, attributes: { n } });
  counter.add(1, { "gen_ai.agent.name": agent });
}
await tracing.shutdown();
await logging.shutdown();
await metering.shutdown();
