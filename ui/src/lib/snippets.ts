/** What to paste so that an agent is seen here. `host` is where this page came from, without the port. */

export type Snippet = { id: string; label: string; code: (host: string, demandsKey: boolean) => string };

const header = (key: boolean) => (key ? `\nexport OTEL_EXPORTER_OTLP_HEADERS="authorization=Bearer%20YOUR_INGEST_KEY"` : "");

const environment = (host: string, key: boolean, service: string) =>
  `export OTEL_EXPORTER_OTLP_ENDPOINT=http://${host}:4318\nexport OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf\nexport OTEL_SERVICE_NAME=${service}${header(key)}`;

const auto = (name: string, packages: string, setup: string): Snippet["code"] => (host, key) =>
  `${environment(host, key, name)}\npip install opentelemetry-sdk opentelemetry-exporter-otlp ${packages}\n\n# once, at the start of the program\n${setup}`;

const provider = `from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

provider = TracerProvider()
provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
trace.set_tracer_provider(provider)
`;

export const SNIPPETS: Snippet[] = [
  {
    id: "demo",
    label: "Just show me",
    code: () => `# a simulated fleet with sessions, tools, delegations and a few faults to find\nswarmscope simulate --agents 50 --duration 10m`,
  },
  { id: "otel", label: "OpenTelemetry", code: (host, key) => `${environment(host, key, "my-agent")}\n\n# then start the agent as ever: any OpenTelemetry SDK, any language` },
  { id: "openai", label: "OpenAI SDK", code: auto("my-agent", "opentelemetry-instrumentation-openai-v2", `${provider}\nfrom opentelemetry.instrumentation.openai_v2 import OpenAIInstrumentor\nOpenAIInstrumentor().instrument()`) },
  { id: "langchain", label: "LangChain", code: auto("my-agent", "openinference-instrumentation-langchain", `${provider}\nfrom openinference.instrumentation.langchain import LangChainInstrumentor\nLangChainInstrumentor().instrument()`) },
  { id: "crewai", label: "CrewAI", code: auto("my-crew", "openinference-instrumentation-crewai", `${provider}\nfrom openinference.instrumentation.crewai import CrewAIInstrumentor\nCrewAIInstrumentor().instrument()`) },
  { id: "anthropic", label: "Anthropic SDK", code: auto("my-agent", "openinference-instrumentation-anthropic", `${provider}\nfrom openinference.instrumentation.anthropic import AnthropicInstrumentor\nAnthropicInstrumentor().instrument()`) },
  { id: "llmetry", label: "OpenLLMetry", code: (host, key) => `pip install traceloop-sdk\n${key ? 'export TRACELOOP_HEADERS="authorization=Bearer%20YOUR_INGEST_KEY"\n' : ""}\n# once, at the start of the program\nfrom traceloop.sdk import Traceloop\nTraceloop.init(app_name="my-agent", api_endpoint="http://${host}:4318")` },
  {
    id: "rest",
    label: "Plain REST",
    code: (host, key) => {
      const auth = key ? ` -H 'authorization: Bearer YOUR_INGEST_KEY'` : "";
      return `curl -X POST http://${host}:8080/api/v1/agents/my-agent/register${auth} \\\n  -H 'content-type: application/json' -d '{"kind": "worker", "model": "none"}'\n\ncurl -X POST http://${host}:8080/api/v1/agents/my-agent/metrics${auth} \\\n  -H 'content-type: application/json' -d '{"metrics": {"throughput": 41.5}}'`;
    },
  },
];
