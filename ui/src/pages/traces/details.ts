import { useQuery } from "@tanstack/react-query";
import { get, type Schema } from "@/api/client";

type Span = Schema<"Span">;

/** A span with what it brought: at hand in most traces, asked for where the trace is too large to give it for every span. */
export function useDetails(span: Span, detailed: boolean, on: boolean) {
  const result = useQuery({
    queryKey: ["span", span.trace_id, span.span_id],
    enabled: on && !detailed,
    staleTime: span.pending ? 1500 : Infinity,
    queryFn: ({ signal }) => get("/api/v1/traces/{trace_id}/spans/{span_id}", { path: { trace_id: span.trace_id, span_id: span.span_id }, signal }),
  });
  if (detailed || !result.data) return { span, resource: undefined, loading: on && !detailed && result.isPending, error: result.error };
  const { resource, ...brought } = result.data;
  return { span: { ...span, ...brought }, resource, loading: false, error: null };
}
