"""What a fleet says follows the conventions, hangs together, and is the same for the same seed."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import pairwise

import pytest

from swarmscope.errors import ConfigError
from swarmscope.query.conversation import readable
from swarmscope.sim import fleet as fleets
from swarmscope.sim.catalogue import TOOLS, Dialect
from swarmscope.sim.run import Options, Simulation
from tests.support.otlp import T0_NS, Said, attributes, lived

MODEL = {"gen_ai.request.model", "llm.model_name"}
SCOPES = {
    "swarmscope-sdk",
    "opentelemetry.instrumentation.openai_v2",
    "openinference.instrumentation.langchain",
    "opentelemetry.instrumentation.openai.v1",
}


def chats(said: Said) -> Iterator[tuple[str, dict[str, object], object]]:
    for _, scope, span, known in said.spans:
        if MODEL & known.keys():
            yield scope, known, span


def test_every_generation_of_instrumentation_speaks(fleet: Said) -> None:
    assert {scope for scope, _, _ in chats(fleet)} == SCOPES


@pytest.mark.parametrize("scope", sorted(SCOPES))
def test_a_model_that_asks_for_a_tool_names_it(fleet: Said, scope: str) -> None:
    """Every generation in its own way, and each is read as a call with a name."""
    named, asked = {f"{tool.name}({{" for tool in TOOLS}, 0
    for _, told, span, known in fleet.spans:
        if told != scope or not MODEL & known.keys() or span.status.code == 2:
            continue
        names, events = [e.name for e in span.events], [attributes(list(e.attributes)) for e in span.events]
        texts = {k: v for k, v in known.items() if isinstance(v, str)}
        said = readable([], [], {}, texts, names, [{k: str(v) for k, v in e.items()} for e in events])
        answers = [m["text"] for m in said if m["direction"] == "output" and not m["repeats"]]
        assert not [a for a in answers if a.startswith("{")], "arguments of nothing"
        asked += any(a.startswith(tuple(named)) for a in answers)
    assert asked > 10


def test_the_same_seed_says_the_same_bytes() -> None:
    first, second, other = lived(40, 60, seed=3), lived(40, 60, seed=3), lived(40, 60, seed=4)
    assert [r.body for r in first.requests] == [r.body for r in second.requests]
    assert [r.body for r in first.requests] != [r.body for r in other.requests]


def test_a_fleet_lives_on_with_other_doings() -> None:
    first, second = (Simulation(Options(agents=40, fleet_seed=1), T0_NS, seed) for seed in (3, 4))
    assert (first.fleet.names, first.fleet.services) == (second.fleet.names, second.fleet.services)
    assert [r.body for r in first.advance(30)] != [r.body for r in second.advance(30)]


def test_ids_are_unique_and_times_are_ordered(fleet: Said) -> None:
    ids = [span.span_id for _, _, span, _ in fleet.spans]
    assert len(ids) == len(set(ids))
    for _, _, span, _ in fleet.spans:
        assert len(span.trace_id) == 16 and len(span.span_id) == 8
        assert T0_NS <= span.start_time_unix_nano <= span.end_time_unix_nano <= T0_NS + 301_000_000_000


def test_parents_are_in_the_same_trace(fleet: Said) -> None:
    known = {span.span_id: span.trace_id for _, _, span, _ in (*fleet.spans, *fleet.pending)}
    running = 0
    for _, _, span, _ in fleet.spans:
        if span.parent_span_id:
            running += span.parent_span_id not in known
            assert known.get(span.parent_span_id, span.trace_id) == span.trace_id
    assert running < 0.1 * len(fleet.spans)  # turns that were under way when the run ended


def test_prompts_grow_within_a_session_and_start_with_what_was_said_before(fleet: Said) -> None:
    sessions: dict[object, list[tuple[int, str]]] = defaultdict(list)
    for scope, known, span in chats(fleet):
        if scope == "swarmscope-sdk":
            text = str(known["gen_ai.input.messages"])
            opening = json.dumps(json.loads(text)[0])  # a colleague may be asked twice within a session
            key = (known["gen_ai.conversation.id"], known["gen_ai.agent.id"], opening)
            sessions[key].append((span.start_time_unix_nano, text))
    long = [[text for _, text in sorted(turns)] for turns in sessions.values() if len(turns) > 3]
    assert long
    for turns in long:
        for before, after in pairwise(turns):
            assert json.loads(after)[: len(json.loads(before))] == json.loads(before)
        assert len(turns[-1]) > len(turns[0])


def test_models_tokens_and_sessions_are_named_by_every_generation(fleet: Said) -> None:
    for scope, known, span in chats(fleet):
        if span.status.code == 2:
            continue
        tokens = [k for k in known if k.endswith(("input_tokens", "prompt_tokens", "token_count.prompt"))]
        assert tokens and isinstance(known[tokens[0]], int), (scope, known)
        assert {"gen_ai.conversation.id", "session.id", "traceloop.association.properties.session_id"} & known.keys()
        assert {"gen_ai.agent.id", "gen_ai.agent.name", "agent.name"} & known.keys()


def test_delegation_reaches_another_agent_in_the_same_trace_or_by_a_link(fleet: Said) -> None:
    asked = {span.span_id: (span, known) for _, _, span, known in fleet.spans if "swarmscope.peer.agent" in known}
    children = [span for _, _, span, _ in fleet.spans if span.parent_span_id in asked and span.kind == 2]
    linked = [link for _, _, span, _ in fleet.spans for link in span.links]
    assert children and linked
    assert all(asked[c.parent_span_id][0].trace_id == c.trace_id for c in children)
    assert all(asked[x.span_id][0].trace_id == x.trace_id for x in linked if x.span_id in asked)
    assert any(x.span_id in asked for x in linked)


def test_failed_steps_are_errors_and_are_tried_again(fleet: Said) -> None:
    failed = [(span, known) for _, _, span, known in fleet.spans if span.status.code == 2]
    assert failed
    assert all(span.status.message for span, _ in failed)
    assert any("retry.attempt" in known for _, _, _, known in fleet.spans)


def test_pending_spans_end_later_under_the_same_id(fleet: Said) -> None:
    ended = {span.span_id for _, _, span, _ in fleet.spans}
    turns = [span for _, _, span, known in fleet.pending if known.get("gen_ai.operation.name") == "invoke_agent"]
    assert len(turns) > 50
    assert sum(span.span_id in ended for span in turns) > 0.8 * len(turns)


def test_agents_register_and_send_signs_of_life(fleet: Said) -> None:
    events = Counter(record.event_name for _, record, _ in fleet.logs)
    beating = [known for _, record, known in fleet.logs if record.event_name == "swarmscope.agent.heartbeat"]
    registered = {
        known["swarmscope.agent.id"] for _, r, known in fleet.logs if r.event_name == "swarmscope.agent.register"
    }
    assert events["swarmscope.agent.register"] == len(registered) > 60
    assert {known["swarmscope.agent.id"] for known in beating} == registered
    assert all(known["swarmscope.agent.status"] in ("busy", "idle") for known in beating)


def test_logs_are_correlated_with_spans(fleet: Said) -> None:
    known = {(span.trace_id, span.span_id) for _, _, span, _ in fleet.spans}
    traced = [record for _, record, _ in fleet.logs if record.trace_id]
    lost = [r for r in traced if (r.trace_id, r.span_id) not in known]
    assert traced and not lost


def test_counters_only_rise_and_histograms_add_up(fleet: Said) -> None:
    last: dict[tuple[object, ...], float] = {}
    for _, metric in fleet.metrics:
        if metric.WhichOneof("data") == "sum":
            assert metric.sum.aggregation_temporality == 2 and metric.sum.is_monotonic
            for point in metric.sum.data_points:
                labels = tuple((a.key, a.value.string_value) for a in point.attributes)
                value = point.as_double if point.WhichOneof("value") == "as_double" else point.as_int
                assert value >= last.get((metric.name, *labels), 0)
                last[(metric.name, *labels)] = value
        elif metric.WhichOneof("data") == "histogram":
            for point in metric.histogram.data_points:
                assert sum(point.bucket_counts) == point.count
                assert len(point.bucket_counts) == len(point.explicit_bounds) + 1
    assert sum(v for (name, *_), v in last.items() if name == "agent.requests") > 100


def test_metrics_count_what_the_spans_show(fleet: Said) -> None:
    turns = Counter()
    for _, _, _, known in fleet.spans:
        if known.get("gen_ai.operation.name") == "invoke_agent" and "swarmscope.peer.agent" not in known:
            turns[known["gen_ai.agent.id"]] += 1
    reported: dict[str, int] = {}
    for _, metric in fleet.metrics:
        if metric.name == "agent.requests":
            for point in metric.sum.data_points:
                reported[point.attributes[0].value.string_value] = point.as_int
    late = [a for a, n in turns.items() if not 0 <= n - reported.get(str(a), 0) <= 2]
    assert not late  # at most what ended after the last report


def test_errors_are_requests_given_up_and_not_each_failed_span() -> None:
    said = lived(100, 240, scenario="errors", rate=8)
    turns, failed = Counter(), 0
    for _, _, span, known in said.spans:
        failed += span.status.code == 2
        if known.get("gen_ai.operation.name") == "invoke_agent" and "swarmscope.peer.agent" not in known:
            turns[known["gen_ai.agent.id"]] += span.status.code == 2
    reported: dict[str, int] = {}
    for _, metric in said.metrics:
        if metric.name == "agent.errors":
            reported |= {p.attributes[0].value.string_value: p.as_int for p in metric.sum.data_points}
    assert not [a for a, n in turns.items() if not 0 <= n - reported.get(str(a), 0) <= 2]
    assert 0 < sum(turns.values()) < failed


def test_every_metric_says_what_it_counts(fleet: Said) -> None:
    about = {metric.name: metric.description for _, metric in fleet.metrics}
    assert len(about) > 15 and all(about.values()), about
    assert "gave up" in about["agent.errors"]


def test_a_population_trains(fleet: Said) -> None:
    trials = [known for _, _, span, known in fleet.spans if span.name == "trial"]
    generations = {known["swarmscope.population.generation"] for known in trials}
    assert len(generations) > 10
    assert all(0 <= known["swarmscope.population.score"] <= 1 for known in trials)
    assert all("swarmscope.population.hyperparameter.learning_rate" in known for known in trials)
    first = [k["swarmscope.population.score"] for k in trials if k["swarmscope.population.generation"] == 0]
    late = [
        k["swarmscope.population.score"]
        for k in trials
        if k["swarmscope.population.generation"] == max(generations) - 1
    ]
    assert sum(late) / len(late) > sum(first) / len(first) + 0.1
    assert {span.name for _, _, span, _ in fleet.spans} >= {"checkpoint", "migration"}


def test_a_pipeline_goes_through_its_stages_with_progress(fleet: Said) -> None:
    stages = [known for _, _, _, known in fleet.spans if "swarmscope.stage.name" in known]
    assert {known["swarmscope.stage.count"] for known in stages} == {13}
    assert {known["swarmscope.stage.index"] for known in stages} == set(range(13))
    progress = defaultdict(list)
    for _, _, span, known in fleet.pending:
        if "swarmscope.stage.progress" in known:
            progress[span.span_id].append(known["swarmscope.stage.progress"])
    assert any(len(steps) > 2 for steps in progress.values())
    assert all(steps == sorted(steps) for steps in progress.values())


def test_agents_of_a_node_share_its_resource_and_instrumentation() -> None:
    built = fleets.build(1000, 1)
    for node in range(built.nodes):
        assert len(set(built.dialect[built.node == node].tolist())) == 1
    assert len(built.resources) == built.nodes == 20
    assert len(set(built.names)) == 1000
    assert (built.dialect[built.workers :] == Dialect.GENAI).all()


@pytest.mark.parametrize("agents", [1, 2, 5, 6, 11, 12, 13, 49, 50, 51, 101])
def test_fleets_of_any_size_live(agents: int) -> None:
    said = lived(agents, 40)
    assert said.requests or agents == 1


def test_fifteen_thousand_agents_are_simulated_at_a_fraction_of_a_core() -> None:
    simulation = Simulation(Options(15_000, 60), T0_NS, 1)
    items: Counter[str] = Counter()
    for tick in range(1, 41):
        for request in simulation.advance(tick / 4):
            items[request.signal] += request.items
    assert items["traces"] > 2_000 and items["metrics"] > 100_000 and items["logs"] > 5_000


def test_nonsense_is_refused_with_a_reason() -> None:
    with pytest.raises(ConfigError, match="at least one agent"):
        Simulation(Options(0, 10), T0_NS, 1)
