/** A large trace as columns: from the answer of the server to memory that changes hands, and from there to spans. Pure. */

type Texts = { values: string[]; at: ArrayLike<number> };
const TEXTS = ["name", "status_message", "service", "agent", "agent_name", "session", "workflow", "peer_agent", "operation", "provider", "model", "tool", "kind", "status"] as const;
const NUMBERS = ["input_tokens", "output_tokens", "cached_tokens", "reasoning_tokens", "ttft_ns", "cost_usd", "offset_ns", "duration_ns", "self_ns", "depth"] as const;
const FLAGS = ["pending", "critical", "orphan"] as const;
const STEPS = ["at", "offset_ns", "duration_ns"] as const;

/** As the server sends them (`SpanColumns`). */
export type Sent = { span_id: string[]; parent_span_id: (string | null)[]; path: Record<(typeof STEPS)[number], ArrayLike<number>> } & Record<(typeof TEXTS)[number], Texts> & Record<(typeof NUMBERS)[number], ArrayLike<number>> & Record<(typeof FLAGS)[number], ArrayLike<boolean | number>>;
/** With every number in memory of its own. */
export type Columns = Omit<Sent, "path"> & { path: Record<(typeof STEPS)[number], Float64Array> };

/** The columns, numbers packed, and the memory that a worker can hand over. */
export function packed(sent: Sent): { columns: Columns; buffers: ArrayBufferLike[] } {
  const buffers: ArrayBufferLike[] = [];
  const keep = <T extends { buffer: ArrayBufferLike }>(array: T): T => {
    buffers.push(array.buffer);
    return array;
  };
  const columns = { ...sent, path: {} } as unknown as Columns & Record<string, unknown>;
  for (const name of TEXTS) columns[name] = { values: sent[name].values, at: keep(Uint32Array.from(sent[name].at)) };
  for (const name of NUMBERS) columns[name] = keep(Float64Array.from(sent[name]));
  for (const name of FLAGS) columns[name] = keep(Uint8Array.from(sent[name], Number));
  for (const name of STEPS) columns.path[name] = keep(Float64Array.from(sent.path[name]));
  return { columns, buffers };
}

/** What every span of a large trace has not got until it is looked at. */
const BROUGHT = { trace_state: "", flags: 0, dropped_attributes_count: 0, dropped_events_count: 0, dropped_links_count: 0, scope_name: "", scope_version: "", resource_id: "", start_time: "", attributes: Object.freeze({}), events: Object.freeze([]), links: Object.freeze([]), messages: Object.freeze([]) };

/** The rows from `from` up to `to` as spans; `start_time` is left empty: the offset tells it. */
export function spansOf(columns: Columns, trace: string, from: number, to: number): unknown[] {
  const { name, status_message, service, agent, agent_name, session, workflow, peer_agent, operation, provider, model, tool, kind, status } = columns;
  const text = (of: Texts, i: number) => of.values[of.at[i] ?? 0] ?? "";
  const spans = new Array<unknown>(Math.max(0, to - from));
  for (let i = from; i < to; i += 1) {
    spans[i - from] = {
      trace_id: trace,
      span_id: columns.span_id[i] ?? "",
      parent_span_id: columns.parent_span_id[i] ?? null,
      name: text(name, i),
      kind: text(kind, i),
      duration_ns: columns.duration_ns[i] ?? 0,
      pending: columns.pending[i] === 1,
      status: text(status, i),
      status_message: text(status_message, i),
      service: text(service, i),
      agent: text(agent, i),
      agent_name: text(agent_name, i),
      session: text(session, i),
      workflow: text(workflow, i),
      peer_agent: text(peer_agent, i),
      operation: text(operation, i),
      provider: text(provider, i),
      model: text(model, i),
      tool: text(tool, i),
      input_tokens: columns.input_tokens[i] ?? 0,
      output_tokens: columns.output_tokens[i] ?? 0,
      cached_tokens: columns.cached_tokens[i] ?? 0,
      reasoning_tokens: columns.reasoning_tokens[i] ?? 0,
      cost_usd: columns.cost_usd[i] ?? 0,
      ttft_ns: columns.ttft_ns[i] || null,
      offset_ns: columns.offset_ns[i] ?? 0,
      self_ns: columns.self_ns[i] ?? 0,
      depth: columns.depth[i] ?? 0,
      critical: columns.critical[i] === 1,
      orphan: columns.orphan[i] === 1,
      ...BROUGHT,
    };
  }
  return spans;
}

/** The steps of the critical path from `from` up to `to`. */
export function stepsOf({ path, span_id }: Columns, from: number, to: number): { span_id: string; offset_ns: number; duration_ns: number }[] {
  const steps = [];
  for (let i = from; i < to; i += 1) steps.push({ span_id: span_id[path.at[i] ?? 0] ?? "", offset_ns: path.offset_ns[i] ?? 0, duration_ns: path.duration_ns[i] ?? 0 });
  return steps;
}
