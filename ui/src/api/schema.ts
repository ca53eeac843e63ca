// Generated from openapi.json by `npm run api`. Do not edit.

export interface paths {
    "/api/v1/agents": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List agents with their live state
         * @description Agents that match `q` (fields agent, name, kind, model, version, service, state, label.…), with last-minute figures.
         */
        get: operations["list_agents_api_v1_agents_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/agents/{agent_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One agent
         * @description State, capabilities, what it used in the window, what it is doing, what failed.
         */
        get: operations["one_agent_api_v1_agents__agent_id__get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/agents/{agent_id}/anomalies": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Findings about one agent
         * @description Newest first, of every detector.
         */
        get: operations["agent_anomalies_api_v1_agents__agent_id__anomalies_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/agents/{agent_id}/bands": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What is normal for a signal
         * @description The last minutes of a signal with what was expected of it: three standard deviations, by how much stands behind it.
         */
        get: operations["agent_band_api_v1_agents__agent_id__bands_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/agents/{agent_id}/heartbeat": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * A sign of life
         * @description Keeps the agent from being shown as abandoned. Durable when answered.
         */
        post: operations["agent_heartbeat_api_v1_agents__agent_id__heartbeat_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/agents/{agent_id}/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Newest value of every signal
         * @description Built-in signals and the metrics the agent reported in the last 15 minutes.
         */
        get: operations["agent_metrics_api_v1_agents__agent_id__metrics_get"];
        put?: never;
        /**
         * Report metrics of an agent
         * @description Gauges by name, or points with unit, kind, labels and time. Durable when answered.
         */
        post: operations["report_metrics_api_v1_agents__agent_id__metrics_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/agents/{agent_id}/normal": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Signals with what is normal
         * @description Every signal as detectors take it over any window, with three standard deviations around what is normal.
         *
         *     What is normal is what was learned until now, whatever the window is; null of an agent that does nothing now.
         */
        get: operations["agent_bands_api_v1_agents__agent_id__normal_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/agents/{agent_id}/register": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Register an agent
         * @description Create the agent, or tell what changed about it. Durable when answered.
         */
        post: operations["register_agent_api_v1_agents__agent_id__register_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/agents/{agent_id}/trends": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Signals of one agent over time
         * @description Values per bucket with mean, extremes, slope and direction.
         */
        get: operations["agent_trends_api_v1_agents__agent_id__trends_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/agents/{agent_id}/versions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Versions of an agent side by side
         * @description Turns, failures, duration, tokens and cost per version, and what changed since the one before, with intervals.
         */
        get: operations["agent_versions_api_v1_agents__agent_id__versions_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/anomalies": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Recent anomalies
         * @description The findings about signals that are not as they were, or not as those of peers.
         */
        get: operations["list_anomalies_api_v1_anomalies_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What was changed, and by whom
         * @description Logins, and changes of keys, users, settings, prices and views, of the caller's tenant.
         */
        get: operations["audit_api_v1_audit_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/budgets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Budgets, what was spent of them, and the forecast
         * @description Those that are worst off first. Costs of all environments count.
         */
        get: operations["list_budgets_api_v1_budgets_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/budgets/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Set a budget
         * @description Replaces the one of that name; the costs of the running period count from its begin.
         */
        put: operations["put_budget_api_v1_budgets__name__put"];
        post?: never;
        /**
         * Remove a budget
         * @description Removing one that does not exist changes nothing.
         */
        delete: operations["delete_budget_api_v1_budgets__name__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/connect": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What to paste into an agent, per framework
         * @description The lines that send telemetry here, with a placeholder where a key belongs: secrets stay out of addresses.
         */
        get: operations["connect_api_v1_connect_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/cost": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Where the money went
         * @description Tokens and cost of matching spans by one field, dearest first.
         */
        get: operations["costs_api_v1_cost_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/cost/what-if": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What it would cost with another model
         * @description The stored token counts of matching spans at another model's price. Another tokenizer counts other tokens.
         */
        get: operations["what_if_api_v1_cost_what_if_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/dashboards": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List dashboards
         * @description By name, without their panels.
         */
        get: operations["list_dashboards_api_v1_dashboards_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/dashboards/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One dashboard
         * @description Its variables and panels; `ETag` is of them.
         */
        get: operations["get_dashboard_api_v1_dashboards__name__get"];
        /**
         * Save a dashboard
         * @description Replaces the one of that name.
         */
        put: operations["put_dashboard_api_v1_dashboards__name__put"];
        post?: never;
        /**
         * Remove a dashboard
         * @description Removing one that does not exist changes nothing.
         */
        delete: operations["delete_dashboard_api_v1_dashboards__name__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/dead-letters": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Rows that the store refused
         * @description Oldest first, each with the store's reason.
         */
        get: operations["list_dead_letters_api_v1_dead_letters_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/dead-letters/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One dead letter
         * @description Its reason, its rows per tenant, and the first rows of the caller's own; long texts and lists are cut.
         */
        get: operations["dead_letter_api_v1_dead_letters__name__get"];
        put?: never;
        post?: never;
        /**
         * Give a dead letter up
         * @description Its rows are gone for good.
         */
        delete: operations["drop_api_v1_dead_letters__name__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/dead-letters/{name}/redrive": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Store a dead letter again
         * @description Once the cause is gone. Stored rows are stored once, however often this is called; the letter is then forgotten.
         */
        post: operations["redrive_api_v1_dead_letters__name__redrive_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/detect/{agent_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Judge an agent now
         * @description What every detector of series holds of each signal at the newest look, a few seconds ago at most, and recent findings.
         */
        post: operations["detect_now_api_v1_detect__agent_id__post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/detectors": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * All detectors
         * @description What each is, how it is set, how it fares, and what people said of its findings.
         */
        get: operations["list_detectors_api_v1_detectors_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/detectors/{name}/replay": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * What a detector would have said
         * @description Every window or batch of the time, one after another, for 25 s at most. Detectors of events and windows only; nothing is
         *     kept, nothing is reported.
         */
        post: operations["replay_api_v1_detectors__name__replay_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/emergence/analyze": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Look for emergence now
         * @description What every pattern sees in one window, also what is not rare enough. Nothing is kept; the runner looks by itself.
         */
        post: operations["analyse_api_v1_emergence_analyze_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/emergence/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What emerged
         * @description Findings of the patterns of emergence, newest first.
         */
        get: operations["list_events_api_v1_emergence_events_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/emergence/indicators": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Order parameters and early warnings
         * @description Over the window and the two before it: Kuramoto's order of work begun, and variance and memory of signals.
         */
        get: operations["list_indicators_api_v1_emergence_indicators_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/emergence/network/analysis": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The network of agents
         * @description Communities, central agents, hubs and bridges, density, reciprocity; whether the communities are more than chance.
         */
        get: operations["analyse_network_api_v1_emergence_network_analysis_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/emergence/network/communities": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Who belongs together
         * @description The community of every agent, as `/emergence/network/analysis` finds it, without what that costs.
         */
        get: operations["network_communities_api_v1_emergence_network_communities_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/environments": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Where agents are deployed
         * @description What `environment` of other calls can be.
         */
        get: operations["list_environments_api_v1_environments_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/facets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Most frequent values of fields among matching spans or logs
         * @description What the matching items have in common, to narrow a search by clicking.
         */
        get: operations["count_facets_api_v1_facets_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/federated/rounds": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Rounds
         * @description Newest first.
         */
        get: operations["list_rounds_api_v1_federated_rounds_get"];
        put?: never;
        /**
         * Begin a round
         * @description Sites then join it by its id. It lasts an hour at most, and does not outlive a restart.
         */
        post: operations["begin_api_v1_federated_rounds_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/federated/rounds/{round_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One round
         * @description How it stands, and its model when it is done.
         */
        get: operations["get_round_api_v1_federated_rounds__round_id__get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/federated/rounds/{round_id}/join": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Take part
         * @description The same call again changes nothing and tells how the round stands: a key that may only send is enough for a site.
         */
        post: operations["join_api_v1_federated_rounds__round_id__join_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/federated/rounds/{round_id}/share": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Share
         * @description A site's masked vector; with the last one the model is made.
         */
        post: operations["share_api_v1_federated_rounds__round_id__share_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/federated/values": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * This site's own rows
         * @description What `swarmscope federate join` sums up here before anything leaves: the last ten minutes of the fleet.
         */
        get: operations["own_values_api_v1_federated_values_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/findings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What detectors reported
         * @description Newest first; those whose window touches the window asked for.
         */
        get: operations["list_findings_api_v1_findings_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/findings/{finding_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One finding
         * @description What was seen, what was expected, why, where to look, and what it takes for the same to be reported again.
         */
        get: operations["one_finding_api_v1_findings__finding_id__get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/findings/{finding_id}/feedback": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Say whether a finding was true
         * @description False: the same must be a hundred times rarer to be reported of this subject again; true: a little less rare. `withdrawn`
         *     takes back what was said. The answer says where the threshold stands now.
         */
        post: operations["give_feedback_api_v1_findings__finding_id__feedback_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/findings/counts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * How many findings of which sort
         * @description By detector, kind and severity.
         */
        get: operations["count_findings_api_v1_findings_counts_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/findings/groups": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Findings of one subject and kind, told once
         * @description How many there are of each subject and kind, and the newest of them in full.
         */
        get: operations["group_findings_api_v1_findings_groups_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/findings/summary": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Findings by severity over time, and facets
         * @description A facet counts what all filters but its own leave.
         */
        get: operations["summarise_findings_api_v1_findings_summary_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/fleet": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The fleet in figures
         * @description Agents per state, rates, cost and health, refreshed each second.
         */
        get: operations["fleet_api_v1_fleet_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/fleet/activity": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What every agent did in the last minutes
         * @description Spans of each agent per ten seconds of the last three minutes, up to the ten seconds that are over.
         */
        get: operations["fleet_activity_api_v1_fleet_activity_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/fleet/columns": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * All agents as columns
         * @description The whole fleet in a compact form, for maps; /ws channel `fleet` sends the same and then what changes.
         */
        get: operations["fleet_columns_api_v1_fleet_columns_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/forecasts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What is to come of a signal
         * @description Blended experts with conformal intervals, whose coverage is told. Made when asked for, of up to three days.
         */
        get: operations["signal_forecast_api_v1_forecasts_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/graph/agents": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Which agent works with which
         * @description Agents with counts, errors and latency of delegations and calls between them; of the environment, if one is named.
         */
        get: operations["agent_graph_api_v1_graph_agents_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/graph/services": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Which service calls which
         * @description Services with counts, errors and latency of the calls between them.
         */
        get: operations["service_graph_api_v1_graph_services_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Health of the install and of the fleet, with reasons
         * @description A score per component with what lowered it and what to do: healthy ≥ 70 %, partial ≥ 30 %, else unhealthy.
         */
        get: operations["health_api_v1_health_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/health/history": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The install's own figures over the last hour
         * @description Sampled every 5 s and kept in memory: a look at the install without Prometheus.
         */
        get: operations["history_api_v1_health_history_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/health/ready": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Readiness of each component
         * @description 503 until every component can do its work.
         */
        get: operations["ready_api_v1_health_ready_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List keys
         * @description The keys of the caller's tenant, revoked and expired ones too; never their secrets.
         */
        get: operations["list_keys_api_v1_keys_get"];
        put?: never;
        /**
         * Make a key
         * @description The answer is the only place where the secret is ever shown.
         */
        post: operations["create_key_api_v1_keys_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/keys/{key_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Revoke a key
         * @description Refused from now on. Revoking twice changes nothing.
         */
        delete: operations["revoke_key_api_v1_keys__key_id__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/login": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * How people can enter
         * @description Needs no credential: a page asks it before anybody is known.
         */
        get: operations["ways_api_v1_login_get"];
        put?: never;
        /**
         * Log in
         * @description Answers with a cookie that scripts cannot read. 401: name and password do not fit; 429: too many refused tries.
         */
        post: operations["login_api_v1_login_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/logout": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Log out
         * @description The cookie is refused from now on and taken back. Without one nothing changes.
         */
        post: operations["logout_api_v1_logout_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/logs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Search logs
         * @description Records that match `q`: words, `level:error`, `trace_id:…`, `agent:…`, any attribute.
         */
        get: operations["search_logs_api_v1_logs_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/logs/context": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The lines around one line
         * @description Lines of the same service and agent, before and after.
         */
        get: operations["log_context_api_v1_logs_context_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/logs/histogram": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Log records over time by level
         * @description Counts per time bucket and level, for the bar over a log search.
         */
        get: operations["log_histogram_api_v1_logs_histogram_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/logs/tail": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What arrived since the last call
         * @description Follow a log by polling; /ws channel `logs` pushes the same.
         */
        get: operations["tail_logs_api_v1_logs_tail_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/logs/templates": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What kinds of lines there are
         * @description Lines that differ in numbers, names and ids only are counted together: the page to begin with when much is logged.
         */
        get: operations["templates_api_v1_logs_templates_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/me": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Who is calling
         * @description Tenant and role of the credential in use.
         */
        get: operations["me_api_v1_me_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/me/password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Change one's own password
         * @description Ends all logins of the caller, this one too. 403: the current one is not right.
         */
        put: operations["new_password_api_v1_me_password_put"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The platform's own metrics as JSON
         * @description The figures of /metrics, for programs without a Prometheus parser.
         */
        get: operations["self_metrics_api_v1_metrics_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/metrics/names": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The metrics that agents report
         * @description Names that contain `q`, with kind, unit and number of series.
         */
        get: operations["metric_names_api_v1_metrics_names_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/metrics/range": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Samples of series
         * @description Raw samples, or their mean per step.
         */
        get: operations["metric_range_api_v1_metrics_range_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/metrics/series": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List series
         * @description Series by metric, agent and labels.
         */
        get: operations["list_series_api_v1_metrics_series_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/plugins": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Built-in parts and plug-ins
         * @description Every part with its kind and where it comes from; a broken or failing one with the reason.
         */
        get: operations["plugins_api_v1_plugins_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/prices": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The price table
         * @description What models cost; spans that arrive from now on are priced by it. `ETag` is of the prices that were set here.
         */
        get: operations["get_prices_api_v1_prices_get"];
        /**
         * Set prices of your own
         * @description All of them, in the place of those before; holds for spans that arrive from now on, and is in the audit log.
         */
        put: operations["put_prices_api_v1_prices_put"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/redaction": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What is removed before storage
         * @description The rules in force; they come from the configuration, section `ingest.redaction`.
         */
        get: operations["get_redaction_api_v1_redaction_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/redaction/try": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * What would be removed of a text
         * @description Runs the rules in force, or those given, over a text. Nothing of it is stored or logged.
         */
        post: operations["try_redaction_api_v1_redaction_try_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/resources/{resource_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What sent a span or a log record
         * @description The attributes of a resource, and of the scope as `otel.scope.…`; the id stands in spans and records.
         */
        get: operations["resource_api_v1_resources__resource_id__get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/retention": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * How long data is kept
         * @description Each setting, what goes by it, and (told to the first tenant alone, as tables are shared) what that takes on disk.
         *
         *     `ETag` is of what was set here.
         */
        get: operations["get_retention_api_v1_retention_get"];
        /**
         * Keep data for another time
         * @description In force at once and after every start; what is older then is removed for good. For admins of the first tenant.
         */
        put: operations["put_retention_api_v1_retention_put"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/scaling/analyze": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What is advised now
         * @description How many agents each group should have, and why. Looks only: nothing is kept.
         */
        get: operations["advise_api_v1_scaling_analyze_get"];
        put?: never;
        /**
         * Decide on the number of agents
         * @description As `GET`, and every change is kept as a decision, from which its cooldown runs. Nothing is carried out.
         */
        post: operations["analyze_api_v1_scaling_analyze_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/scaling/decisions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What was decided
         * @description Newest first; the newest 10,000 are kept.
         */
        get: operations["list_decisions_api_v1_scaling_decisions_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/scaling/efficiency": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * How well agents are used
         * @description Instances, how busy they are, what they cost, and how many would do, by the policy that counts for each group.
         */
        get: operations["efficiency_api_v1_scaling_efficiency_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/scaling/policies": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Scaling policies
         * @description By name. `default` is there also where nobody set it.
         */
        get: operations["list_policies_api_v1_scaling_policies_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/scaling/policies/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Set a scaling policy
         * @description Replaces the one of that name. One that names a group goes before one for all groups of its scope.
         */
        put: operations["put_policy_api_v1_scaling_policies__name__put"];
        post?: never;
        /**
         * Remove a scaling policy
         * @description Removing one that does not exist changes nothing; `default` becomes what it was at first.
         */
        delete: operations["delete_policy_api_v1_scaling_policies__name__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/search/complete": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Complete a filter while it is typed
         * @description Field names, operators, or the most frequent values, for the word at the cursor.
         */
        get: operations["complete_filter_api_v1_search_complete_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/security/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Security events
         * @description Newest first.
         */
        get: operations["list_events_api_v1_security_events_get"];
        put?: never;
        /**
         * Judge events
         * @description What is held against each; that is kept, the rest is not. Answered when it is safe.
         */
        post: operations["judge_events_api_v1_security_events_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/security/events/{event_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One security event
         * @description What is held against one event, and what was sent.
         */
        get: operations["one_event_api_v1_security_events__event_id__get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/security/principals": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Who is dangerous
         * @description Riskiest first: what was held against each, as independent evidence that fades.
         */
        get: operations["list_principals_api_v1_security_principals_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/security/summary": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Threat score and attack patterns over time
         * @description Counts per kind and severity, who, whence and where, of the events that are chosen.
         */
        get: operations["summarise_api_v1_security_summary_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/selftest": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * How well faults are found here
         * @description Precision, recall and delay of planted faults, measured on this install; `selftest.enabled` turns it on.
         */
        get: operations["selftest_api_v1_selftest_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List sessions
         * @description Sessions with spans in the window that match `q`: their figures over those spans, their outcome over all.
         */
        get: operations["list_sessions_api_v1_sessions_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sessions/{session}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One session
         * @description Turns with time and cost, and the conversation rebuilt across traces.
         */
        get: operations["one_session_api_v1_sessions__session__get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/spans": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Search spans
         * @description Spans that match `q`, one by one; sorted by time, those that have not ended too.
         */
        get: operations["search_spans_api_v1_spans_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/spans/differences": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What sets selected spans apart from the rest
         * @description Of the spans that match `q`: those that `select` matches, compared with the others attribute by attribute.
         */
        get: operations["span_differences_api_v1_spans_differences_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sql": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Run a read-only query
         * @description One SELECT over the tables of `/sql/schema`, seeing the caller's tenant only. Header `x-truncated` tells of a cut.
         */
        post: operations["run_sql_api_v1_sql_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sql/schema": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What SQL may name
         * @description Tables with their columns, and the functions that may be called.
         */
        get: operations["sql_schema_api_v1_sql_schema_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tenants": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Tenants that the caller may look at
         * @description `x-swarmscope-tenant` on a reading call names one of them; this call does not heed it.
         */
        get: operations["tenants_api_v1_tenants_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/traces": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Search traces
         * @description Traces with at least one span that matches `q`, sorted by time or by a sum (duration: maximum) over those spans.
         *
         *     By time, spans that have not ended count too; what they take and cost is not known yet.
         */
        get: operations["search_traces_api_v1_traces_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/traces/{trace_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One trace
         * @description All spans of a trace, those still running too, with original attributes, messages and the critical path.
         */
        get: operations["one_trace_api_v1_traces__trace_id__get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/traces/{trace_id}/spans/{span_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What one span brought
         * @description Attributes, events, links, messages and resource of a span, for traces too large to give them all at once.
         */
        get: operations["one_span_api_v1_traces__trace_id__spans__span_id__get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/traces/latency": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Latency of matching spans over time
         * @description A heat map of durations with error counts and percentiles, for charts over a search.
         */
        get: operations["trace_latency_api_v1_traces_latency_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/users": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List users
         * @description The users of the caller's tenant; for admins of the default tenant, all of the install.
         */
        get: operations["list_users_api_v1_users_get"];
        put?: never;
        /**
         * Make a user
         * @description The person can log in at once.
         */
        post: operations["add_user_api_v1_users_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/users/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Remove a user
         * @description Gone at once, logins too. What they did stays in the audit log.
         */
        delete: operations["remove_user_api_v1_users__name__delete"];
        options?: never;
        head?: never;
        /**
         * Change a user
         * @description Role, state or password. Nobody changes their own role or state.
         */
        patch: operations["change_user_api_v1_users__name__patch"];
        trace?: never;
    };
    "/api/v1/views": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List saved views
         * @description Views are shared by everyone in the tenant.
         */
        get: operations["list_views_api_v1_views_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/views/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Save a view
         * @description Replaces the one of that name.
         */
        put: operations["put_view_api_v1_views__name__put"];
        post?: never;
        /**
         * Forget a view
         * @description Forgetting one that does not exist changes nothing.
         */
        delete: operations["delete_view_api_v1_views__name__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workflows": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List workflows
         * @description Workflows with spans in the window that match `q`.
         */
        get: operations["list_workflows_api_v1_workflows_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workflows/{workflow}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One workflow
         * @description Its agents, its traces, and which agents its critical path went through.
         */
        get: operations["one_workflow_api_v1_workflows__workflow__get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The process is alive
         * @description For liveness probes: never looks at the store, and waits for nobody who does.
         */
        get: operations["live_health_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/health/ready": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Ready for traffic
         * @description For readiness probes: 503 until every component can do its work.
         */
        get: operations["ready_health_ready_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The platform's own metrics for Prometheus
         * @description The text format of Prometheus.
         */
        get: operations["prometheus_metrics_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /**
         * Agent
         * @description One agent in full.
         */
        Agent: {
            /** Capabilities */
            capabilities: string[];
            /** Health Reasons */
            health_reasons: string[];
            /**
             * History
             * @description newest first; since this server started, at most 50: what was short for how long ago it was is left out
             */
            history: components["schemas"]["StateChange"][];
            /** Labels */
            labels: {
                [key: string]: string;
            };
            /** Models */
            models: components["schemas"]["Used"][];
            /** Operations */
            operations: components["schemas"]["Used"][];
            /**
             * Peers
             * @description agents it addressed
             */
            peers: components["schemas"]["Used"][];
            /**
             * Pending
             * @description oldest first, at most 50
             */
            pending: components["schemas"]["SpanRow"][];
            /**
             * Recent Errors
             * @description newest first, at most 20
             */
            recent_errors: components["schemas"]["SpanRow"][];
            /** Recommendations */
            recommendations: string[];
            /**
             * Resource
             * @description attributes of the resource last seen
             */
            resource: {
                [key: string]: string;
            };
            /**
             * Sessions
             * @description newest first, at most 20
             */
            sessions: components["schemas"]["AgentSession"][];
            summary: components["schemas"]["AgentRow"];
            /** Tools */
            tools: components["schemas"]["Used"][];
            window: components["schemas"]["Window"];
        };
        /**
         * AgentRow
         * @description An agent in one line; the numbers cover the last minute.
         */
        AgentRow: {
            /**
             * Agent
             * @description id, as in `spans.agent`
             */
            agent: string;
            /**
             * Condition
             * @description its state, or failing: health below 0.3 in a state that is no trouble
             * @enum {string}
             */
            condition: "working" | "waiting" | "looping" | "wedged" | "idle" | "abandoned" | "failing";
            /**
             * Cost Usd
             * @description US dollars
             */
            cost_usd: number;
            /**
             * Error Ratio
             * @description 0–1
             */
            error_ratio: number;
            /** Errors */
            errors: number;
            /**
             * First Seen
             * @description RFC 3339, UTC, nanoseconds
             * @example 2026-01-31T12:00:00.123456789Z
             */
            first_seen: string;
            /**
             * Health
             * @description score, 0–1: healthy ≥ 0.7, partial ≥ 0.3, else unhealthy
             */
            health: number;
            /** Input Tokens */
            input_tokens: number;
            /**
             * Kind
             * @description llm, rl, worker …; empty where it never registered
             */
            kind: string;
            /** Last Heartbeat */
            last_heartbeat: string | null;
            /**
             * Last Seen
             * @description last span or heartbeat
             * @example 2026-01-31T12:00:00.123456789Z
             */
            last_seen: string;
            /** Latency P50 Ns */
            latency_p50_ns: number | null;
            /** Latency P95 Ns */
            latency_p95_ns: number | null;
            /**
             * Model
             * @description as registered, else the model last used
             */
            model: string;
            /** Name */
            name: string;
            /**
             * Node
             * @description host it runs on, as its resource says; empty: unknown
             */
            node: string;
            /** Output Tokens */
            output_tokens: number;
            /**
             * Pending
             * @description spans that have started and not ended
             */
            pending: number;
            /**
             * Pending Name
             * @description name of the oldest of them
             */
            pending_name: string;
            /**
             * Pending Ns
             * @description age of the oldest of them
             */
            pending_ns: number;
            /**
             * Reason
             * @description why it is in this state, in words
             */
            reason: string;
            /** Service */
            service: string;
            /**
             * Since
             * @description when it came into this state
             * @example 2026-01-31T12:00:00.123456789Z
             */
            since: string;
            /** Spans */
            spans: number;
            /**
             * State
             * @enum {string}
             */
            state: "working" | "waiting" | "looping" | "wedged" | "idle" | "abandoned";
            /**
             * Status
             * @description what the agent says of itself
             */
            status: string;
            /**
             * Team
             * @description label `team`; empty: none
             */
            team: string;
            /**
             * Unpriced
             * @description models that used tokens of which no price is known, at most 5: what they cost is not in `cost_usd`
             */
            unpriced: string[];
            /** Version */
            version: string;
        };
        /**
         * Agents
         * @description A page of agents.
         */
        Agents: {
            /**
             * Facets
             * @description of the matching agents; asked for by `facets`
             */
            facets: components["schemas"]["Facet"][];
            /** @description the whole fleet, whatever the filter */
            fleet: components["schemas"]["Fleet"];
            /** Items */
            items: components["schemas"]["AgentRow"][];
            /**
             * Next
             * @description pass as `cursor` for the next page; null: there is none
             */
            next: string | null;
            /**
             * Total
             * @description agents that match
             */
            total: number;
        };
        /**
         * AgentSession
         * @description A session of an agent.
         */
        AgentSession: {
            /**
             * Cost Usd
             * @description US dollars
             */
            cost_usd: number;
            /**
             * Last Time
             * @description RFC 3339, UTC, nanoseconds
             * @example 2026-01-31T12:00:00.123456789Z
             */
            last_time: string;
            /** Session */
            session: string;
            /** Spans */
            spans: number;
            /**
             * Unpriced
             * @description models that used tokens of which no price is known, at most 5: what they cost is not in `cost_usd`
             */
            unpriced: string[];
        };
        /**
         * Audit
         * @description The latest changes, newest first.
         */
        Audit: {
            /** Items */
            items: components["schemas"]["Change"][];
        };
        /**
         * Band
         * @description What is normal for a signal of an agent, frame by frame.
         */
        Band: {
            /** Agent */
            agent: string;
            /** Expected */
            expected: (number | null)[];
            /**
             * Known
             * @description minutes of its own past that it was learned from
             */
            known: number;
            /** Lower */
            lower: (number | null)[];
            /** Signal */
            signal: string;
            /** Step Ms */
            step_ms: number;
            /**
             * Times Ms
             * @description Unix milliseconds, start of each bucket, ascending
             */
            times_ms: number[];
            /** Unit */
            unit: string;
            /** Upper */
            upper: (number | null)[];
            /**
             * Values
             * @description over the minute that ends then
             */
            values: (number | null)[];
        };
        /**
         * Bands
         * @description The signals of an agent over a window, as detectors take them, with what is normal by what was learned until now.
         */
        Bands: {
            /** Agent */
            agent: string;
            /**
             * Frame Ms
             * @description width of a frame
             */
            frame_ms: number;
            /**
             * Signals
             * @description those that have values
             */
            signals: components["schemas"]["SignalBand"][];
            /**
             * Step Ms
             * @description from one frame to the next
             */
            step_ms: number;
            /**
             * Times Ms
             * @description Unix milliseconds, start of each bucket, ascending
             */
            times_ms: number[];
            window: components["schemas"]["Window"];
        };
        /**
         * Budgets
         * @description The budgets of a tenant, those that are worst off first.
         */
        Budgets: {
            /** Items */
            items: components["schemas"]["BudgetState"][];
        };
        /**
         * BudgetState
         * @description A budget, and how it stands.
         */
        BudgetState: {
            /**
             * Elapsed
             * @description 0–1 of the period
             */
            elapsed: number;
            /**
             * End
             * @description RFC 3339, UTC, nanoseconds
             * @example 2026-01-31T12:00:00.123456789Z
             */
            end: string;
            /**
             * Exhausted
             * @description when it is spent, at this pace; null: not within the period, or already
             */
            exhausted: string | null;
            /**
             * Forecast Usd
             * @description spent by the end of the period, at this pace
             */
            forecast_usd: number;
            /**
             * Key
             * @description name of the team, agent, model or service; empty with `all`
             * @default
             */
            key: string;
            /** Limit Usd */
            limit_usd: number;
            /** Name */
            name: string;
            /**
             * Pace Usd Per Day
             * @description of the last 24 hours
             */
            pace_usd_per_day: number;
            /**
             * Period
             * @description begins at midnight UTC; weeks on Mondays
             * @default month
             * @enum {string}
             */
            period: "day" | "week" | "month";
            /**
             * Scope
             * @description what it is for; `all`: everything of the tenant
             * @default all
             * @enum {string}
             */
            scope: "all" | "team" | "agent" | "model" | "service";
            /**
             * Spent Usd
             * @description US dollars
             */
            spent_usd: number;
            /**
             * Start
             * @description of the period that runs
             * @example 2026-01-31T12:00:00.123456789Z
             */
            start: string;
            /**
             * State
             * @description at_risk: the forecast is beyond the limit
             * @enum {string}
             */
            state: "ok" | "at_risk" | "over";
        };
        /**
         * Change
         * @description One row of the audit log.
         */
        Change: {
            /**
             * Action
             * @example key.create
             */
            action: string;
            /**
             * At S
             * @description seconds since the epoch; 0: never
             */
            at_s: number;
            /** Detail */
            detail: string;
            /** Id */
            id: number;
            /**
             * Key Id
             * @description key that did it; empty: a user, or someone on loopback without a key
             */
            key_id: string;
            /** Subject */
            subject: string;
            /** Tenant */
            tenant: string;
            /**
             * User
             * @description user who did it, empty: none
             */
            user: string;
        };
        /**
         * Community
         * @description Agents that work with each other more than with others.
         */
        Community: {
            /**
             * Inside
             * @description share of its calls that stay inside
             */
            inside: number;
            /**
             * Lead
             * @description the agent that works with the most others
             */
            lead: string;
            /**
             * Name
             * @description what the lead calls itself; its id where it has no name
             */
            name: string;
            /**
             * Number
             * @description stays the same from look to look while most of its agents do
             */
            number: number;
            /** Size */
            size: number;
        };
        /**
         * Completion
         * @description What can be typed at the cursor of a filter.
         */
        Completion: {
            /**
             * End
             * @description offset after the last character to replace
             */
            end: number;
            /**
             * Start
             * @description offset of the first character to replace
             */
            start: number;
            /** Suggestions */
            suggestions: components["schemas"]["Suggestion"][];
        };
        /**
         * ComponentHealth
         * @description How one part of the platform or of the fleet is doing.
         */
        ComponentHealth: {
            /**
             * Facts
             * @description the figures behind the score
             */
            facts: {
                [key: string]: number | string | null;
            };
            /** Name */
            name: string;
            /**
             * Reasons
             * @description what lowered the score; empty when nothing did
             */
            reasons: string[];
            /** Recommendations */
            recommendations: string[];
            /**
             * Score
             * @description 0–1: healthy ≥ 0.7, partial ≥ 0.3
             */
            score: number;
            /**
             * State
             * @enum {string}
             */
            state: "healthy" | "partial" | "unhealthy";
        };
        /**
         * ConditionCounts
         * @description How many agents are in each condition: those that fail are counted as failing and not by their state.
         */
        ConditionCounts: {
            /** Abandoned */
            abandoned: number;
            /**
             * Failing
             * @description health below 0.3, and working, waiting or idle
             */
            failing: number;
            /** Idle */
            idle: number;
            /** Looping */
            looping: number;
            /** Waiting */
            waiting: number;
            /** Wedged */
            wedged: number;
            /** Working */
            working: number;
        };
        /**
         * Connect
         * @description How agents are connected to this install.
         */
        Connect: {
            /** Items */
            items: components["schemas"]["Snippet"][];
            /**
             * Key Placeholder
             * @description stands in the lines where a key belongs; empty: none is demanded
             */
            key_placeholder: string;
            /**
             * Otlp Grpc Port
             * @description port that takes OTLP/gRPC; 0: chosen at start
             */
            otlp_grpc_port: number;
            /**
             * Otlp Http Port
             * @description port that takes OTLP/HTTP alone; 0: chosen at start
             */
            otlp_http_port: number;
            /**
             * Url
             * @description where telemetry goes: OTLP/HTTP and REST
             */
            url: string;
        };
        /**
         * Cost
         * @description Where the money went.
         */
        Cost: {
            /** By */
            by: string;
            /**
             * Complete
             * @description false: of older days only spans worth keeping are counted; drop the filter, or take another field
             */
            complete: boolean;
            /**
             * First
             * @description when the first of it was spent, of older days the hour; null: nothing was
             */
            first: string | null;
            /**
             * Items
             * @description dearest first
             */
            items: components["schemas"]["CostRow"][];
            /** @description all beyond the limit together */
            other: components["schemas"]["CostRow"] | null;
            /** Step Ms */
            step_ms: number | null;
            /**
             * Times Ms
             * @description Unix milliseconds, start of each bucket, ascending
             */
            times_ms: number[];
            total: components["schemas"]["CostRow"];
            window: components["schemas"]["Window"];
        };
        /**
         * CostRow
         * @description The cost of one agent, model, session …
         */
        CostRow: {
            /** Cached Tokens */
            cached_tokens: number;
            /**
             * Cost Usd
             * @description US dollars
             */
            cost_usd: number;
            /** Input Tokens */
            input_tokens: number;
            /**
             * Key
             * @description value of the field that is grouped by; empty: it was not set
             */
            key: string;
            /** Output Tokens */
            output_tokens: number;
            /**
             * Priced
             * @description false: by model, and the price table has none for it; what it used is counted as free
             */
            priced: boolean;
            /** Reasoning Tokens */
            reasoning_tokens: number;
            /**
             * Series
             * @description US dollars per time bucket; empty where no `step` was asked for
             */
            series: number[];
            /**
             * Share
             * @description 0–1 of the total cost
             */
            share: number;
            /** Spans */
            spans: number;
        };
        /**
         * Count
         * @description How often a value occurs.
         */
        Count: {
            /** Count */
            count: number;
            /** Value */
            value: string;
        };
        /**
         * Credentials
         * @description Who wants to log in.
         */
        Credentials: {
            /** Name */
            name: string;
            /** Password */
            password: string;
        };
        /**
         * CriticalAgent
         * @description An agent's part of the critical path of a workflow.
         */
        CriticalAgent: {
            /** Agent */
            agent: string;
            /**
             * Duration Ns
             * @description nanoseconds
             */
            duration_ns: number;
            /**
             * Share
             * @description 0–1 of the critical path
             */
            share: number;
        };
        /**
         * CriticalStep
         * @description A stretch of the critical path, spent in one span.
         */
        CriticalStep: {
            /**
             * Duration Ns
             * @description nanoseconds
             */
            duration_ns: number;
            /**
             * Offset Ns
             * @description start relative to the start of the trace
             */
            offset_ns: number;
            /**
             * Span Id
             * @description 16 hex digits
             * @example 00f067aa0ba902b7
             */
            span_id: string;
        };
        /**
         * Dashboard
         * @description A dashboard under its name.
         */
        Dashboard: {
            /** Name */
            name: string;
            /** Panels */
            panels: components["schemas"]["DashboardPanel"][];
            /** Variables */
            variables: components["schemas"]["Variable"][];
        };
        /**
         * DashboardEntry
         * @description A dashboard in the list.
         */
        DashboardEntry: {
            /** Name */
            name: string;
            /** Panels */
            panels: number;
        };
        /**
         * DashboardPanel
         * @description One chart, figure or table of a dashboard.
         */
        DashboardPanel: {
            /**
             * Kind
             * @default lines
             * @enum {string}
             */
            kind: "lines" | "bars" | "figure" | "table";
            /** Queries */
            queries: components["schemas"]["PanelQuery"][];
            /**
             * Title
             * @default
             */
            title: string;
            /**
             * Unit
             * @description UCUM, such as `s`, `By`, `1`; empty: a plain number
             * @default
             */
            unit: string;
            /**
             * Width
             * @description columns of three
             * @default 1
             */
            width: number;
        };
        /**
         * Dashboards
         * @description The dashboards of a tenant, by name.
         */
        Dashboards: {
            /** Items */
            items: components["schemas"]["DashboardEntry"][];
        };
        /**
         * DeadLetter
         * @description Rows that the store refused for their content, kept apart so that they stall nobody.
         */
        DeadLetter: {
            /**
             * Name
             * @description handle for the other calls
             */
            name: string;
            /**
             * Nbytes
             * @description on disk, out of `journal.max_bytes`
             */
            nbytes: number;
            /**
             * Reason
             * @description what the store said
             */
            reason: string;
            /** Rows */
            rows: number;
            /** Table */
            table: string;
            /**
             * Time
             * @description RFC 3339, UTC, nanoseconds
             * @example 2026-01-31T12:00:00.123456789Z
             */
            time: string;
            /**
             * Token
             * @description of the refused insert
             */
            token: string;
        };
        /**
         * DeadLetters
         * @description All of the install, oldest first.
         */
        DeadLetters: {
            /** Items */
            items: components["schemas"]["DeadLetter"][];
        };
        /**
         * DeadRows
         * @description One letter and a sample of its rows.
         */
        DeadRows: {
            letter: components["schemas"]["DeadLetter"];
            /**
             * Rows
             * @description the first rows of the caller's tenant, long values cut
             */
            rows: {
                [key: string]: components["schemas"]["JsonValue"];
            }[];
            /**
             * Tenants
             * @description rows per tenant
             */
            tenants: {
                [key: string]: number;
            };
        };
        /**
         * Detection
         * @description What the detectors hold of one agent now.
         */
        Detection: {
            /** Agent */
            agent: string;
            /**
             * Agents
             * @description agents that were judged together
             */
            agents: number;
            /** Cohort */
            cohort: string;
            /**
             * Findings
             * @description of this agent, of the last 15 minutes
             */
            findings: components["schemas"]["Finding"][];
            /**
             * Signals
             * @description strangest first
             */
            signals: components["schemas"]["SignalVerdict"][];
            /**
             * Time
             * @description of the newest data that was judged
             * @example 2026-01-31T12:00:00.123456789Z
             */
            time: string;
            /**
             * Whole
             * @description of the agent as a whole: tail probability by detector
             */
            whole: {
                [key: string]: number | null;
            };
        };
        /**
         * Detector
         * @description One detector: what it is, how it is set, how it fares.
         */
        Detector: {
            /** About */
            about: string;
            /** Description */
            description: string;
            /**
             * Error
             * @description its last failure
             */
            error: string;
            /** Failures */
            failures: number;
            /** Family */
            family: string;
            /**
             * Findings
             * @description reported since the start
             */
            findings: number;
            /**
             * In Ensemble
             * @description whether what it says goes into the findings of the ensemble
             */
            in_ensemble: boolean;
            /** Kinds */
            kinds: string[];
            /** Max Ms */
            max_ms: number | null;
            /**
             * Mean Ms
             * @description mean time of a judgement
             */
            mean_ms: number | null;
            /** Name */
            name: string;
            /** Options */
            options: components["schemas"]["DetectorOption"][];
            /**
             * Origin
             * @description builtin, a distribution, or a file
             */
            origin: string;
            /**
             * Paused S
             * @description it is left out for so long, after failures
             */
            paused_s: number;
            /**
             * Problem
             * @description why it does not run; empty: nothing is wrong
             */
            problem: string;
            /**
             * Runs
             * @description whether it looks by itself
             */
            runs: boolean;
            /** Runs Total */
            runs_total: number;
            said: components["schemas"]["Precision"];
            /**
             * Suppressed
             * @description left out since they had been reported lately
             */
            suppressed: number;
            /**
             * Tier
             * @description fleet, shortlist, events or window
             */
            tier: string;
            /** Version */
            version: string;
        };
        /**
         * DetectorOption
         * @description One option of a detector.
         */
        DetectorOption: {
            /** About */
            about: string;
            default: components["schemas"]["JsonValue"];
            /** Maximum */
            maximum: number | null;
            /** Minimum */
            minimum: number | null;
            /** Name */
            name: string;
            /**
             * Sensitive
             * @description what the dial at 0 and at 1 makes of it; null: it does not follow
             */
            sensitive: number[] | null;
            /** @description in force here */
            value: components["schemas"]["JsonValue"];
        };
        /**
         * Detectors
         * @description All detectors.
         */
        Detectors: {
            /** Items */
            items: components["schemas"]["Detector"][];
        };
        /**
         * Differences
         * @description What sets a selection of spans apart from the rest of a search.
         */
        Differences: {
            /**
             * Examined
             * @description distinct values that were compared
             */
            examined: number;
            /**
             * Fields
             * @description what differs most, and certainly, first
             */
            fields: components["schemas"]["FieldDifference"][];
            /**
             * Numbers
             * @description likewise
             */
            numbers: components["schemas"]["NumberDifference"][];
            rest: components["schemas"]["Side"];
            /**
             * Sampled
             * @description true: counted over a random part of the traces of either side
             */
            sampled: boolean;
            selected: components["schemas"]["Side"];
            window: components["schemas"]["Window"];
        };
        /**
         * EmergenceAnalysis
         * @description What is there, rarest first; also what was looked for and is not there.
         */
        EmergenceAnalysis: {
            /** Agents */
            agents: number;
            /** Interactions */
            interactions: number;
            /** Items */
            items: components["schemas"]["Emerging"][];
            /** Patterns */
            patterns: components["schemas"]["PatternState"][];
            window: components["schemas"]["Window"];
        };
        /**
         * EmergenceAsked
         * @description What to look at, and how keenly.
         */
        EmergenceAsked: {
            /**
             * End
             * @description RFC 3339, Unix time, or relative such as -5m
             * @default now
             */
            end: string;
            /**
             * Patterns
             * @description names; empty: all
             */
            patterns?: string[];
            /**
             * Sensitivity
             * @description by pattern, 0 dull to 1 keen; others keep theirs
             */
            sensitivity?: {
                [key: string]: number;
            };
            /**
             * Window S
             * @description length of the window in seconds
             * @default 120
             */
            window_s: number;
        };
        /**
         * EmergenceEvent
         * @description Something that emerged.
         */
        EmergenceEvent: {
            /** Confidence */
            confidence: number;
            /**
             * End
             * @description RFC 3339, UTC, nanoseconds
             * @example 2026-01-31T12:00:00.123456789Z
             */
            end: string;
            /** Evidence */
            evidence: [
                string,
                string
            ][];
            /** Expected */
            expected: number | null;
            /** Explanation */
            explanation: string;
            /** Features */
            features: {
                [key: string]: number;
            };
            /** Id */
            id: string;
            /** Kind */
            kind: string;
            /** Magnitude */
            magnitude: number;
            /** Observed */
            observed: number | null;
            /**
             * Onset
             * @description RFC 3339, UTC, nanoseconds
             * @example 2026-01-31T12:00:00.123456789Z
             */
            onset: string;
            /** P */
            p: number | null;
            /** Participants */
            participants: string[];
            /** Pattern */
            pattern: string;
            /** Recommendation */
            recommendation: string;
            /** Severity */
            severity: string;
            /**
             * Start
             * @description RFC 3339, UTC, nanoseconds
             * @example 2026-01-31T12:00:00.123456789Z
             */
            start: string;
            /** Title */
            title: string;
        };
        /**
         * EmergenceEvents
         * @description Newest first.
         */
        EmergenceEvents: {
            /** Items */
            items: components["schemas"]["EmergenceEvent"][];
            window: components["schemas"]["Window"];
        };
        /**
         * EmergenceIndicators
         * @description Order parameters and early-warning gauges.
         */
        EmergenceIndicators: {
            /**
             * Gauges
             * @description strongest warning first
             */
            gauges: components["schemas"]["Gauge"][];
            /** Modularity */
            modularity: number;
            order: components["schemas"]["Order"];
            /**
             * Polarisation
             * @description correlation of values over interactions
             */
            polarisation: {
                [key: string]: number;
            };
            /**
             * Times
             * @description of the gauges
             */
            times: number[];
            window: components["schemas"]["Window"];
        };
        /**
         * Emerging
         * @description One thing that was looked for.
         */
        Emerging: {
            /**
             * Emerged
             * @description rare under the null and large enough
             */
            emerged: boolean;
            /** Evidence */
            evidence: [
                string,
                string
            ][];
            /**
             * Expected
             * @description mean of the surrogates
             */
            expected: number | null;
            /** Explanation */
            explanation: string;
            /** Features */
            features: {
                [key: string]: number;
            };
            /**
             * Kind
             * @description synchrony, contagion, phase_transition, …
             */
            kind: string;
            /**
             * Level
             * @description what it is held to; its false-alarm rate per look
             */
            level: number;
            /**
             * Magnitude
             * @description in [0, 1]
             */
            magnitude: number;
            /** Observed */
            observed: number | null;
            /**
             * Onset
             * @description RFC 3339, UTC, nanoseconds
             * @example 2026-01-31T12:00:00.123456789Z
             */
            onset: string;
            /**
             * P
             * @description probability under the null, corrected for all that was tried
             */
            p: number;
            /** Participants */
            participants: string[];
            /** Pattern */
            pattern: string;
            /** Recommendation */
            recommendation: string;
            /** Statistic */
            statistic: string;
            /**
             * Surrogates
             * @description how many were drawn; 0: the test is exact
             */
            surrogates: number;
            /** Title */
            title: string;
        };
        /**
         * Environment
         * @description A place where agents are deployed, as their resources say.
         */
        Environment: {
            /**
             * Name
             * @description `deployment.environment.name`, or `deployment.environment`
             */
            name: string;
            /**
             * Services
             * @description some that run there
             */
            services: string[];
        };
        /**
         * Environments
         * @description The environments of a tenant, by name.
         */
        Environments: {
            /** Items */
            items: components["schemas"]["Environment"][];
        };
        /**
         * Evidence
         * @description Where to look.
         */
        Evidence: {
            /**
             * Kind
             * @example trace
             * @example log
             * @example text
             */
            kind: string;
            /**
             * Reference
             * @description a trace id, a log id, an excerpt
             */
            reference: string;
        };
        /**
         * Facet
         * @description The most frequent values of one field among the matching items.
         */
        Facet: {
            /**
             * Distinct
             * @description number of distinct values, approximate above 1,000
             */
            distinct: number;
            /**
             * Field
             * @description name to use in the filter language
             */
            field: string;
            /** Values */
            values: components["schemas"]["FacetValue"][];
        };
        /**
         * Facets
         * @description Facets of a search.
         */
        Facets: {
            /** Facets */
            facets: components["schemas"]["Facet"][];
            /**
             * Sampled
             * @description true: counted on the newest part of the matches and scaled up
             */
            sampled: boolean;
            /**
             * Total
             * @description matching items
             */
            total: number;
        };
        /**
         * FacetValue
         * @description One value of a facet.
         */
        FacetValue: {
            /**
             * Count
             * @description items with this value among those that match
             */
            count: number;
            /**
             * Value
             * @description empty: the agents that have none
             */
            value: string;
        };
        /**
         * Feature
         * @description What contributed.
         */
        Feature: {
            /** Name */
            name: string;
            /**
             * Share
             * @description of all contributions, or the detector's own figure
             */
            share: number;
        };
        /**
         * FederatedModel
         * @description What all sites together hold to be normal, in transformed units of the signals.
         */
        FederatedModel: {
            /** Component Variances */
            component_variances: number[];
            /** Components */
            components: number[][];
            /** Covariance */
            covariance: number[][];
            /** Delta */
            delta: number | null;
            /**
             * Epsilon
             * @description spent by each row of this round; null: no differential privacy
             */
            epsilon: number | null;
            /** Mean */
            mean: number[];
            /** Quantiles */
            quantiles: {
                [key: string]: number[];
            };
            /** Rows */
            rows: number;
        };
        /**
         * FederatedRound
         * @description How a round stands.
         */
        FederatedRound: {
            /** Centre */
            centre: number[];
            /** Clip */
            clip: number | null;
            /**
             * Fingerprint
             * @description of all keys: the same at every site unless somebody changed one
             */
            fingerprint: string;
            /** Id */
            id: string;
            /** Joined */
            joined: string[];
            /**
             * Keys
             * @description public keys by site, when all have joined
             */
            keys: {
                [key: string]: string;
            };
            model: components["schemas"]["FederatedModel"] | null;
            /** Name */
            name: string;
            /** Problem */
            problem: string;
            /** Scale */
            scale: number[];
            /** Shared */
            shared: string[];
            /** Sigma */
            sigma: number | null;
            /** Signals */
            signals: string[];
            /** Sites */
            sites: number;
            /**
             * State
             * @description joining, sharing, done or failed
             */
            state: string;
        };
        /**
         * FederatedRounds
         * @description Newest first.
         */
        FederatedRounds: {
            /** Items */
            items: components["schemas"]["FederatedRound"][];
        };
        /**
         * FederatedValues
         * @description This site's own rows: agents in frames that do not overlap, in the units that detectors judge in.
         */
        FederatedValues: {
            /**
             * Rows
             * @description only whole rows: agents with a value of each signal
             */
            rows: number[][];
            /** Signals */
            signals: string[];
        };
        /**
         * Feedback
         * @description What a person says of a finding.
         */
        Feedback: {
            /**
             * Note
             * @default
             */
            note: string;
            /**
             * Verdict
             * @enum {string}
             */
            verdict: "true" | "false" | "withdrawn";
        };
        /**
         * FieldDifference
         * @description A field whose values are distributed otherwise among the selected spans than among the rest.
         */
        FieldDifference: {
            /**
             * Certain
             * @description of that value
             */
            certain: number;
            /**
             * Difference
             * @description of its value that differs most
             */
            difference: number;
            /**
             * Field
             * @description name to use in the filter language
             */
            field: string;
            /**
             * Values
             * @description what differs most first
             */
            values: components["schemas"]["ValueDifference"][];
        };
        /**
         * Finding
         * @description One thing that a detector holds to be so, about one subject in one window.
         */
        Finding: {
            /**
             * Cohort
             * @description whom it was compared with
             */
            cohort: string;
            /**
             * Confidence
             * @description 1 − tail probability under the detector's null
             */
            confidence: number | null;
            /** Detector */
            detector: string;
            /**
             * End
             * @description RFC 3339, UTC, nanoseconds
             * @example 2026-01-31T12:00:00.123456789Z
             */
            end: string;
            /** Evidence */
            evidence: components["schemas"]["Evidence"][];
            /** Expected */
            expected: number | null;
            /** Explanation */
            explanation: string;
            /** Features */
            features: components["schemas"]["Feature"][];
            /**
             * Feedback
             * @description what people said of it
             */
            feedback?: ("true" | "false") | null;
            /**
             * Found
             * @description when it was reported
             * @example 2026-01-31T12:00:00.123456789Z
             */
            found: string;
            /**
             * Id
             * @description 32 hex digits; the same finding always has the same
             */
            id: string;
            /**
             * Kind
             * @example latency
             * @example error_surge
             * @example loop
             */
            kind: string;
            /** Labels */
            labels: {
                [key: string]: string;
            };
            /**
             * Lead Ns
             * @description how far ahead of the event, for predictions
             */
            lead_ns: number;
            /**
             * Lower
             * @description lower end of what is normal
             */
            lower: number | null;
            /** Observed */
            observed: number | null;
            /**
             * Outcome
             * @description whether what was foretold came, once it was due
             */
            outcome?: ("came" | "did not come") | null;
            /**
             * Over
             * @description until when what lasted held, once that is known; null: it is not known to be over
             */
            over?: string | null;
            /** Participants */
            participants: string[];
            /** Recommendation */
            recommendation: string;
            /**
             * Score
             * @description as the detector counts, the higher the stranger
             */
            score: number | null;
            /**
             * Severity
             * @enum {string}
             */
            severity: "info" | "low" | "medium" | "high" | "critical";
            /**
             * Signal
             * @description the series it is about; empty: none
             */
            signal: string;
            /**
             * Start
             * @description when its window began
             * @example 2026-01-31T12:00:00.123456789Z
             */
            start: string;
            /**
             * Subject
             * @description its id; empty for the fleet
             */
            subject: string;
            /**
             * Subject Kind
             * @description agent, fleet, group, edge, principal, workflow or model
             */
            subject_kind: string;
            /** @description given where one finding is asked for */
            threshold?: components["schemas"]["Threshold"] | null;
            /** Title */
            title: string;
            /**
             * Unit
             * @description of the signal, as UCUM writes it; empty: not known or none
             * @default
             */
            unit: string;
            /**
             * Upper
             * @description upper end of what is normal
             */
            upper: number | null;
            /** Version */
            version: string;
        };
        /**
         * FindingCount
         * @description How many of one sort.
         */
        FindingCount: {
            /** Detector */
            detector: string;
            /** Findings */
            findings: number;
            /** Kind */
            kind: string;
            /**
             * Severity
             * @enum {string}
             */
            severity: "info" | "low" | "medium" | "high" | "critical";
        };
        /**
         * FindingCounts
         * @description Findings of a window by sort.
         */
        FindingCounts: {
            /** Items */
            items: components["schemas"]["FindingCount"][];
            window: components["schemas"]["Window"];
        };
        /**
         * FindingFacet
         * @description The most frequent values of one field.
         */
        FindingFacet: {
            /**
             * Field
             * @enum {string}
             */
            field: "severity" | "detector" | "kind" | "subject" | "signal";
            /** Values */
            values: components["schemas"]["FindingFacetValue"][];
        };
        /**
         * FindingFacetValue
         * @description How often a value occurs.
         */
        FindingFacetValue: {
            /** Count */
            count: number;
            /** Value */
            value: string;
        };
        /**
         * FindingGroup
         * @description What was found of one subject, of one kind, however often.
         */
        FindingGroup: {
            /** Count */
            count: number;
            /**
             * First
             * @description start of the oldest in the window
             * @example 2026-01-31T12:00:00.123456789Z
             */
            first: string;
            newest: components["schemas"]["Finding"];
            /**
             * Severity
             * @description the gravest of them
             * @enum {string}
             */
            severity: "info" | "low" | "medium" | "high" | "critical";
        };
        /**
         * FindingGroups
         * @description A page of groups, those with the newest finding first.
         */
        FindingGroups: {
            /** Items */
            items: components["schemas"]["FindingGroup"][];
            /**
             * Next
             * @description pass as `cursor` for the next page; null: there is none
             */
            next: string | null;
            window: components["schemas"]["Window"];
        };
        /**
         * Findings
         * @description A page of findings, newest first.
         */
        Findings: {
            /** Items */
            items: components["schemas"]["Finding"][];
            /**
             * Next
             * @description pass as `cursor` for the next page; null: there is none
             */
            next: string | null;
            window: components["schemas"]["Window"];
        };
        /**
         * FindingSummary
         * @description Findings of a window over time, and by what they are about.
         */
        FindingSummary: {
            /** Facets */
            facets: components["schemas"]["FindingFacet"][];
            /**
             * Severities
             * @description worst first; those that occur
             */
            severities: components["schemas"]["SeverityOverTime"][];
            /**
             * Times
             * @description Unix milliseconds, start of each bucket, ascending
             */
            times: number[];
            /** Total */
            total: number;
            window: components["schemas"]["Window"];
        };
        /**
         * FindingTail
         * @description What the live channel `findings` sends: first the newest, newest first, then what is reported, oldest first.
         */
        FindingTail: {
            /** Items */
            items: components["schemas"]["Finding"][];
            /**
             * Skipped
             * @description more were reported at once; `GET /api/v1/findings` lists them
             */
            skipped: number;
        };
        /**
         * Fleet
         * @description The fleet in one look.
         */
        Fleet: {
            /** Agents */
            agents: number;
            conditions: components["schemas"]["ConditionCounts"];
            /**
             * Cost Usd Per Hour
             * @description US dollars
             */
            cost_usd_per_hour: number;
            /**
             * Error Ratio
             * @description 0–1
             */
            error_ratio: number;
            /** Errors Per S */
            errors_per_s: number;
            /**
             * Fresh
             * @description agents that were first seen in the last 15 minutes
             */
            fresh: number;
            /**
             * Health
             * @description mean health of the agents, 0–1; an abandoned or silent one has none. 1 without agents
             */
            health: number;
            /**
             * Pending
             * @description spans that have started and not ended
             */
            pending: number;
            /**
             * Silent
             * @description agents of which a high or critical finding of the last day says that they fell silent, alone or with their node, and that were not heard since nor said stop
             * @default 0
             */
            silent: number;
            /** Spans Per S */
            spans_per_s: number;
            states: components["schemas"]["StateCounts"];
            /**
             * Time
             * @description when the snapshot was taken
             * @example 2026-01-31T12:00:00.123456789Z
             */
            time: string;
            /** Tokens Per S */
            tokens_per_s: number;
            /**
             * Trouble
             * @description agents that are looping, wedged, abandoned or failing
             */
            trouble: number;
        };
        /**
         * FleetActivity
         * @description What agents did in the last minutes; entry i of every column is agent i.
         */
        FleetActivity: {
            /**
             * Agent
             * @description everybody who had a span in this time
             */
            agent: string[];
            /**
             * Spans
             * @description per agent: spans that began in each step, oldest first
             */
            spans: number[][];
            /**
             * Start Ms
             * @description Unix milliseconds at which the first step begins
             */
            start_ms: number;
            /** Step Ms */
            step_ms: number;
        };
        /**
         * FleetChange
         * @description An agent that came into trouble, out of it, or is new.
         */
        FleetChange: {
            /**
             * After
             * @enum {string}
             */
            after: "working" | "waiting" | "looping" | "wedged" | "idle" | "abandoned" | "failing";
            /**
             * At
             * @description its place, as in `FleetColumns.at`
             */
            at: number;
            /**
             * Before
             * @description its condition before; empty: the agent is new
             * @enum {string}
             */
            before: "" | "working" | "waiting" | "looping" | "wedged" | "idle" | "abandoned" | "failing";
            /**
             * Time Ms
             * @description Unix milliseconds
             */
            time_ms: number;
        };
        /**
         * FleetColumns
         * @description All agents as columns, for maps and tables of the whole fleet; entry i of every column is agent i.
         */
        FleetColumns: {
            /** Agent */
            agent: string[];
            /**
             * At
             * @description its place: stays the same while the server runs; deltas of the live feed name it
             */
            at: number[];
            /**
             * Changes
             * @description newest last, at most 200, since this server started
             */
            changes: components["schemas"]["FleetChange"][];
            /**
             * Condition
             * @description index into `conditions`
             */
            condition: number[];
            /** Conditions */
            conditions: ("working" | "waiting" | "looping" | "wedged" | "idle" | "abandoned" | "failing")[];
            /**
             * Cost Usd
             * @description in the last minute
             */
            cost_usd: number[];
            /**
             * Errors
             * @description in the last minute
             */
            errors: number[];
            fleet: components["schemas"]["Fleet"];
            /**
             * Health
             * @description 0–1
             */
            health: number[];
            /** Kind */
            kind: string[];
            /**
             * Last Seen Ms
             * @description Unix milliseconds
             */
            last_seen_ms: number[];
            /** Latency P95 Ms */
            latency_p95_ms: (number | null)[];
            /** Model */
            model: string[];
            /** Name */
            name: string[];
            /**
             * Node
             * @description host it runs on, as its resource says; empty: unknown
             */
            node: string[];
            /**
             * Past
             * @description every 5 s of the last 15 min; empty where an environment is asked for
             */
            past: components["schemas"]["FleetPast"][];
            /** Pending */
            pending: number[];
            /** Service */
            service: string[];
            /**
             * Since Ms
             * @description Unix milliseconds
             */
            since_ms: number[];
            /**
             * Spans
             * @description in the last minute
             */
            spans: number[];
            /**
             * State
             * @description index into `states`
             */
            state: number[];
            /** States */
            states: ("working" | "waiting" | "looping" | "wedged" | "idle" | "abandoned")[];
            /**
             * Team
             * @description label `team`; empty: none
             */
            team: string[];
            /**
             * Tokens
             * @description in the last minute
             */
            tokens: number[];
            /**
             * Version
             * @description rises with every change
             */
            version: number;
        };
        /**
         * FleetPast
         * @description The fleet at an earlier moment; rates over the minute before it.
         */
        FleetPast: {
            /** Agents */
            agents: number;
            /**
             * Cost Usd Per Hour
             * @description US dollars
             */
            cost_usd_per_hour: number;
            /**
             * Error Ratio
             * @description 0–1
             */
            error_ratio: number;
            /** Health */
            health: number;
            /** Spans Per S */
            spans_per_s: number;
            /**
             * Time Ms
             * @description Unix milliseconds
             */
            time_ms: number;
            /** Tokens Per S */
            tokens_per_s: number;
            /**
             * Trouble
             * @description looping, wedged, abandoned or failing
             */
            trouble: number;
            /** Working */
            working: number;
        };
        /**
         * ForecastCoverage
         * @description How often intervals held what was to come.
         */
        ForecastCoverage: {
            /**
             * Factor
             * @description what widths are multiplied by, so that as many values are inside as promised
             */
            factor: number;
            /**
             * Held Back
             * @description share of values of the past that intervals made without them contained
             */
            held_back: number | null;
            /**
             * Scored
             * @description values behind `tracked`
             */
            scored: number;
            /**
             * Tracked
             * @description share of what came true since the start of the program; of the fleet only
             */
            tracked: number | null;
            /**
             * Tracked Level
             * @description level of the intervals that are tracked
             */
            tracked_level: number;
        };
        /**
         * ForecastExpert
         * @description One of the methods that were blended.
         */
        ForecastExpert: {
            /** Name */
            name: string;
            /**
             * Weight
             * @description by how well it forecast what is known
             */
            weight: number;
        };
        /**
         * Gauge
         * @description An early warning: variance and memory of one signal of one group, over time.
         */
        Gauge: {
            /**
             * Group
             * @description fleet, or the agent of a community that works with the most others
             */
            group: string;
            /**
             * Memory
             * @description lag-1 autocorrelation, per moment of `times`
             */
            memory: (number | null)[];
            /** Memory Trend */
            memory_trend: number;
            /** P */
            p: number;
            /** Signal */
            signal: string;
            /**
             * Variance
             * @description per moment of `times`
             */
            variance: (number | null)[];
            /**
             * Variance Trend
             * @description Kendall's τ
             */
            variance_trend: number;
        };
        /**
         * GivenEvent
         * @description Something that happened, to be judged.
         */
        GivenEvent: {
            /**
             * Action
             * @default request
             * @enum {string}
             */
            action: "request" | "login" | "tool_call" | "prompt" | "completion" | "retrieval" | "log";
            /**
             * Agent
             * @default
             */
            agent: string;
            /**
             * Country
             * @description ISO 3166-1 alpha-2
             * @default
             */
            country: string;
            /**
             * Endpoint
             * @description route, tool or page
             * @default
             */
            endpoint: string;
            /** Latitude */
            latitude?: number | null;
            /** Longitude */
            longitude?: number | null;
            /**
             * Outcome
             * @default unknown
             * @enum {string}
             */
            outcome: "unknown" | "success" | "failure";
            /**
             * Principal
             * @description user or client
             * @default
             */
            principal: string;
            /**
             * Session
             * @default
             */
            session: string;
            /**
             * Source
             * @description network address
             * @default
             */
            source: string;
            /**
             * Text
             * @description the value to inspect
             * @default
             */
            text: string;
            /**
             * Time
             * @description RFC 3339 or Unix time; empty: now
             * @default
             */
            time: string;
            /**
             * Trace Id
             * @default
             */
            trace_id: string;
        };
        /**
         * GivenEvents
         * @description Events to be judged and, where something is held against them, kept.
         */
        GivenEvents: {
            /** Events */
            events: components["schemas"]["GivenEvent"][];
        };
        /**
         * Graph
         * @description Who calls whom.
         */
        Graph: {
            /**
             * Edges
             * @description by count
             */
            edges: components["schemas"]["GraphEdge"][];
            /**
             * Nodes
             * @description by number of spans
             */
            nodes: components["schemas"]["GraphNode"][];
            /**
             * Truncated
             * @description true: there are more edges than the limit; the most frequent are given
             */
            truncated: boolean;
            window: components["schemas"]["Window"];
        };
        /**
         * GraphEdge
         * @description Calls from one node to another.
         */
        GraphEdge: {
            /**
             * Cost Usd
             * @description US dollars
             */
            cost_usd: number;
            /** Count */
            count: number;
            /** Errors */
            errors: number;
            /**
             * Kind
             * @description call: parent and child span; message: an agent addressed another
             */
            kind: string;
            /** Latency Max Ns */
            latency_max_ns: number | null;
            /** Latency Mean Ns */
            latency_mean_ns: number | null;
            /** Source */
            source: string;
            /** Target */
            target: string;
            /**
             * Tokens
             * @description of what the target spent, the part of these calls among all of its runs
             */
            tokens: number;
        };
        /**
         * GraphNode
         * @description A service or an agent.
         */
        GraphNode: {
            /**
             * Cost Usd
             * @description US dollars
             */
            cost_usd: number;
            /** Errors */
            errors: number;
            /** Id */
            id: string;
            /** Latency Mean Ns */
            latency_mean_ns: number | null;
            /** Name */
            name: string;
            /**
             * Spans
             * @description in the window
             */
            spans: number;
            /**
             * State
             * @description live state of an agent; empty for services
             */
            state: string;
            /**
             * Tokens
             * @description input and output
             */
            tokens: number;
        };
        /**
         * GroupEfficiency
         * @description How well the instances of a group are used.
         */
        GroupEfficiency: {
            /**
             * Busy
             * @description 0–1, what the policy's limits are held against
             */
            busy: number;
            /**
             * Busy By
             * @description cpu, or working: the share of instances that work, where no CPU is reported
             */
            busy_by: string;
            /** Cost Usd Per 1000 Spans */
            cost_usd_per_1000_spans: number | null;
            /**
             * Cost Usd Per Hour
             * @description US dollars
             */
            cost_usd_per_hour: number;
            /** Cpu */
            cpu: number | null;
            /** Error Ratio */
            error_ratio: number;
            /**
             * Foreseen
             * @description most load within the horizon, as a factor; of `predictive` policies
             */
            foreseen: number | null;
            /** Gpu */
            gpu: number | null;
            /** Group */
            group: string;
            /**
             * Idle
             * @description instances that do nothing now
             */
            idle: number;
            /**
             * Instances
             * @description agents that are there: not abandoned
             */
            instances: number;
            /** Memory */
            memory: number | null;
            /**
             * Needed
             * @description instances that would be as busy as the policy aims at
             */
            needed: number;
            /**
             * Potential
             * @description 0–1: share of the instances that is not needed
             */
            potential: number;
            /**
             * Response S
             * @description 95th percentile of spans
             */
            response_s: number | null;
            /** Spans Per S */
            spans_per_s: number;
            /** Spans Per S Per Instance */
            spans_per_s_per_instance: number;
            /** Working */
            working: number;
        };
        /**
         * Health
         * @description Health of the install and of the fleet.
         */
        Health: {
            /** Components */
            components: components["schemas"]["ComponentHealth"][];
            /**
             * Score
             * @description mean of components, never better than the worst of store, catalog, journal and writer
             */
            score: number;
            /**
             * State
             * @enum {string}
             */
            state: "healthy" | "partial" | "unhealthy";
            /**
             * Time
             * @description RFC 3339, UTC, nanoseconds
             * @example 2026-01-31T12:00:00.123456789Z
             */
            time: string;
            /** Uptime S */
            uptime_s: number;
            /** Version */
            version: string;
        };
        /**
         * Heartbeat
         * @description A sign of life.
         */
        Heartbeat: {
            /**
             * Status
             * @description free text, e.g. busy; `stopped` ends the agent
             * @default
             */
            status: string;
        };
        /**
         * Joining
         * @description A site takes part; the same call again tells how the round stands.
         */
        Joining: {
            /**
             * Key
             * @description public key of the round, hexadecimal
             */
            key: string;
            /**
             * Site
             * @description name of the site, its own in the round
             */
            site: string;
        };
        JsonValue: unknown;
        /**
         * Key
         * @description A credential without its secret.
         */
        Key: {
            /**
             * Created At S
             * @description seconds since the epoch; 0: never
             */
            created_at_s: number;
            /**
             * Expires At S
             * @description seconds since the epoch; 0: never
             */
            expires_at_s: number;
            /** Id */
            id: string;
            /** Name */
            name: string;
            /**
             * Revoked At S
             * @description seconds since the epoch; 0: never
             */
            revoked_at_s: number;
            role: components["schemas"]["Role"];
            /** Tenant */
            tenant: string;
        };
        /**
         * Keys
         * @description The keys of a tenant, newest first.
         */
        Keys: {
            /** Items */
            items: components["schemas"]["Key"][];
        };
        /**
         * Latency
         * @description A latency heat map: count of items per time bucket and duration bucket.
         */
        Latency: {
            /**
             * Bounds Ns
             * @description upper bounds of the duration buckets, nanoseconds, ascending; b of them
             */
            bounds_ns: number[];
            /**
             * Counts
             * @description counts[i][j]: items at times_ms[i] with duration ≤ bounds_ns[j]
             */
            counts: number[][];
            /**
             * Errors
             * @description items with error per time bucket
             */
            errors: number[];
            /**
             * P50 Ns
             * @description median duration per time bucket
             */
            p50_ns: (number | null)[];
            /**
             * P95 Ns
             * @description 95th percentile per time bucket
             */
            p95_ns: (number | null)[];
            /**
             * P99 Ns
             * @description 99th percentile per time bucket
             */
            p99_ns: (number | null)[];
            /**
             * Step Ms
             * @description width of a time bucket, milliseconds
             */
            step_ms: number;
            /**
             * Times Ms
             * @description Unix milliseconds, start of each bucket, ascending
             */
            times_ms: number[];
            /**
             * Total
             * @description items per time bucket
             */
            total: number[];
            window: components["schemas"]["Window"];
        };
        /**
         * Live
         * @description The process is alive: the words of the IETF's health check format, which InfluxDB's clients read too.
         */
        Live: {
            /**
             * Message
             * @default ready for queries and writes
             * @constant
             */
            message: "ready for queries and writes";
            /**
             * Name
             * @default swarmscope
             * @constant
             */
            name: "swarmscope";
            /**
             * Status
             * @default pass
             * @constant
             */
            status: "pass";
            /** Version */
            version: string;
        };
        /**
         * LogContext
         * @description The lines around one line of the same source.
         */
        LogContext: {
            /**
             * After
             * @description oldest first
             */
            after: components["schemas"]["LogRow"][];
            /**
             * Before
             * @description oldest first
             */
            before: components["schemas"]["LogRow"][];
            line: components["schemas"]["LogRow"];
        };
        /**
         * LogHistogram
         * @description Records per time bucket and level.
         */
        LogHistogram: {
            /**
             * Levels
             * @description level → count per bucket; levels without records are left out
             */
            levels: {
                [key: string]: number[];
            };
            /** Step Ms */
            step_ms: number;
            /**
             * Times Ms
             * @description Unix milliseconds
             */
            times_ms: number[];
            /** Total */
            total: number;
            window: components["schemas"]["Window"];
        };
        /**
         * LogRow
         * @description One log record.
         */
        LogRow: {
            /** Agent */
            agent: string;
            /**
             * Attributes
             * @description attributes under their original keys and types
             */
            attributes: {
                [key: string]: components["schemas"]["JsonValue"];
            };
            /** @description as it was sent: text, number, boolean, null, array or object; bytes as base64 text */
            body: components["schemas"]["JsonValue"];
            /**
             * Dropped Attributes Count
             * @description attributes that the sender left out
             */
            dropped_attributes_count: number;
            /** Event Name */
            event_name: string;
            /**
             * Flags
             * @description W3C trace flags
             */
            flags: number;
            /**
             * Id
             * @description names the record in `logs/context`
             */
            id: string;
            /**
             * Level
             * @description trace, debug, info, warn, error, fatal, or unset
             */
            level: string;
            /**
             * Observed Time
             * @description RFC 3339, UTC, nanoseconds
             * @example 2026-01-31T12:00:00.123456789Z
             */
            observed_time: string;
            /**
             * Resource Id
             * @description names the resource for `/api/v1/resources/{id}`
             */
            resource_id: string;
            /** Scope Name */
            scope_name: string;
            /** Scope Version */
            scope_version: string;
            /** Service */
            service: string;
            /** Session */
            session: string;
            /**
             * Severity
             * @description OTLP severity number, 0–24
             */
            severity: number;
            /**
             * Severity Text
             * @description as sent, else the name of the number
             */
            severity_text: string;
            /** Span Id */
            span_id: string | null;
            /**
             * Template Id
             * @description 16 hex digits; empty: no template was mined
             */
            template_id: string;
            /**
             * Time
             * @description RFC 3339, UTC, nanoseconds
             * @example 2026-01-31T12:00:00.123456789Z
             */
            time: string;
            /** Trace Id */
            trace_id: string | null;
        };
        /**
         * Logs
         * @description A page of a log search.
         */
        Logs: {
            /** Items */
            items: components["schemas"]["LogRow"][];
            /**
             * Next
             * @description pass as `cursor` for the next page; null: there is none
             */
            next: string | null;
            window: components["schemas"]["Window"];
        };
        /**
         * LogTail
         * @description Records that arrived since the cursor, oldest first.
         */
        LogTail: {
            /**
             * Cursor
             * @description pass as `after` to go on
             */
            cursor: string;
            /** Items */
            items: components["schemas"]["LogRow"][];
            /**
             * Skipped
             * @description records that arrived beyond the limit and are not given: the oldest of them
             */
            skipped: number;
        };
        /**
         * LogTemplate
         * @description What lines have in common, and how they came.
         */
        LogTemplate: {
            /**
             * Agents
             * @description agents that wrote such lines, approximately
             */
            agents: number;
            /**
             * Class
             * @description prompt, tool_error, refusal, rate_limit, context_overflow, timeout, cost; empty: anything else
             */
            class: string;
            /**
             * Example
             * @description the line that founded it
             */
            example: string;
            /**
             * First Seen
             * @description in the window
             * @example 2026-01-31T12:00:00.123456789Z
             */
            first_seen: string;
            /**
             * Last Seen
             * @description RFC 3339, UTC, nanoseconds
             * @example 2026-01-31T12:00:00.123456789Z
             */
            last_seen: string;
            /**
             * Level
             * @description the worst level of its lines
             */
            level: string;
            /** Lines */
            lines: number;
            /**
             * Samples
             * @description different lines
             */
            samples: string[];
            /**
             * Template Id
             * @description 16 hex digits; `template:<id>` finds its lines
             */
            template_id: string;
            /**
             * Text
             * @description words, `<*>` for what varies
             */
            text: string;
            /**
             * Trend
             * @description lines per time bucket
             */
            trend: number[];
        };
        /**
         * LogTemplates
         * @description Templates of a window, those with most lines first.
         */
        LogTemplates: {
            /** Items */
            items: components["schemas"]["LogTemplate"][];
            /**
             * Kinds
             * @description templates that match, more than are given perhaps
             */
            kinds: number;
            /**
             * Lines
             * @description lines that match, of any class
             */
            lines: number;
            /** Step Ms */
            step_ms: number;
            /**
             * Times Ms
             * @description Unix milliseconds of the buckets of `trend`
             */
            times_ms: number[];
            /**
             * Unmined
             * @description of these, lines without a template: no text, or too many new kinds at once
             */
            unmined: number;
            window: components["schemas"]["Window"];
        };
        /**
         * MadeKey
         * @description A new key; its secret is shown this once.
         */
        MadeKey: {
            key: components["schemas"]["Key"];
            /** Secret */
            secret: string;
        };
        /**
         * Me
         * @description Who is calling.
         */
        Me: {
            /**
             * Key Id
             * @description empty: a user, or no credential, which loopback allows
             */
            key_id: string;
            /**
             * Keys Demanded
             * @description whether this install answers nobody without a key
             */
            keys_demanded: boolean;
            role: components["schemas"]["Role"];
            /** Tenant */
            tenant: string;
            /**
             * User
             * @description who is logged in; empty: a key, or no credential
             */
            user: string;
            /** Version */
            version: string;
        };
        /**
         * Message
         * @description One part of a prompt or completion.
         */
        Message: {
            /**
             * Direction
             * @enum {string}
             */
            direction: "system" | "input" | "output" | "tool" | "other";
            /**
             * Hash
             * @description 16 hex digits; equal messages of one tenant have an equal hash
             */
            hash: string;
            /**
             * Key
             * @description the attribute that carried it, e.g. gen_ai.input.messages
             */
            key: string;
            /**
             * Missing
             * @description true: the text was erased or has expired
             */
            missing: boolean;
            /**
             * Raw
             * @description exactly what was stored (after redaction), often JSON; where calls of tools came in attributes of their own: the whole message as JSON
             */
            raw: string;
            /**
             * Repeats
             * @description true: it says only what other messages of the span say, in the form in which it was sent
             */
            repeats: boolean;
            /**
             * Role
             * @description user, assistant, system, tool …; empty where the sender does not say
             */
            role: string;
            /**
             * Setting
             * @description true: what the model was given to work with, no part of the conversation
             */
            setting: boolean;
            /**
             * Text
             * @description the readable content
             */
            text: string;
        };
        /**
         * MetricName
         * @description A metric that agents report.
         */
        MetricName: {
            /** Agents */
            agents: number;
            /** Description */
            description: string;
            /** Kind */
            kind: string;
            /** Metric */
            metric: string;
            /** Series */
            series: number;
            /** Unit */
            unit: string;
        };
        /**
         * MetricNames
         * @description The metrics that agents report.
         */
        MetricNames: {
            /** Items */
            items: components["schemas"]["MetricName"][];
        };
        /**
         * MetricPoint
         * @description One value of one metric.
         */
        MetricPoint: {
            /**
             * Kind
             * @default gauge
             * @enum {string}
             */
            kind: "gauge" | "counter" | "updown";
            /** Labels */
            labels?: {
                [key: string]: string;
            };
            /**
             * Name
             * @example intelligence.accuracy
             */
            name: string;
            /**
             * Time
             * @description now when absent
             */
            time?: string | null;
            /**
             * Unit
             * @default
             */
            unit: string;
            /** Value */
            value: number;
        };
        /**
         * MetricsReport
         * @description An agent's metrics: `metrics` for plain gauges, `points` where units, labels or times matter; 10,000 at most.
         */
        MetricsReport: {
            /**
             * Metrics
             * @example {
             *       "throughput": 41.5
             *     }
             */
            metrics?: {
                [key: string]: number;
            };
            /** Points */
            points?: components["schemas"]["MetricPoint"][];
            /**
             * Time
             * @description of `metrics`; now when absent
             */
            time?: string | null;
        };
        /**
         * NetworkAgent
         * @description One agent's place in the network.
         */
        NetworkAgent: {
            /** Agent */
            agent: string;
            /**
             * Betweenness
             * @description share of shortest paths through it, estimated in large networks
             */
            betweenness: number;
            /** Calls In */
            calls_in: number;
            /** Calls Out */
            calls_out: number;
            /**
             * Community
             * @description number of its community; −1: none
             */
            community: number;
            /**
             * Name
             * @description what it calls itself; its id where it has no name
             */
            name: string;
            /** Pagerank */
            pagerank: number;
            /**
             * Participation
             * @description 0: all its edges in one community
             */
            participation: number;
        };
        /**
         * NetworkAnalysis
         * @description The network of who works with whom.
         */
        NetworkAnalysis: {
            /** Agents */
            agents: number;
            /**
             * Bridges
             * @description those that most shortest paths between communities lead through
             */
            bridges: components["schemas"]["NetworkAgent"][];
            /**
             * Communities
             * @description largest first
             */
            communities: components["schemas"]["Community"][];
            /** Density */
            density: number;
            /** Edges */
            edges: number;
            /**
             * Hubs
             * @description most central first
             */
            hubs: components["schemas"]["NetworkAgent"][];
            /**
             * Links
             * @description between `nodes`, most calls first
             */
            links: components["schemas"]["NetworkEdge"][];
            /** Modularity */
            modularity: number;
            /**
             * Modularity Chance
             * @description of rewired networks; null: not tested
             */
            modularity_chance: number | null;
            /**
             * Modularity P
             * @description probability that chance gives as much; null: not tested
             */
            modularity_p: number | null;
            /**
             * Nodes
             * @description most central first, at most `limit`
             */
            nodes: components["schemas"]["NetworkAgent"][];
            /** Reciprocity */
            reciprocity: number;
            /** Truncated */
            truncated: boolean;
            window: components["schemas"]["Window"];
        };
        /**
         * NetworkCommunities
         * @description Who works with each other more than with others, as columns; entry i of `agent` and `community` is one agent.
         */
        NetworkCommunities: {
            /**
             * Agent
             * @description everybody who works with anybody
             */
            agent: string[];
            /**
             * Communities
             * @description largest first
             */
            communities: components["schemas"]["Community"][];
            /**
             * Community
             * @description number of its community; −1: works with itself only
             */
            community: number[];
            window: components["schemas"]["Window"];
        };
        /**
         * NetworkEdge
         * @description How often one addressed or called another.
         */
        NetworkEdge: {
            /**
             * Bridge
             * @description between two communities
             */
            bridge: boolean;
            /** Calls */
            calls: number;
            /** Source */
            source: string;
            /** Target */
            target: string;
        };
        /**
         * NewBudget
         * @description What may be spent.
         */
        NewBudget: {
            /**
             * Key
             * @description name of the team, agent, model or service; empty with `all`
             * @default
             */
            key: string;
            /** Limit Usd */
            limit_usd: number;
            /**
             * Period
             * @description begins at midnight UTC; weeks on Mondays
             * @default month
             * @enum {string}
             */
            period: "day" | "week" | "month";
            /**
             * Scope
             * @description what it is for; `all`: everything of the tenant
             * @default all
             * @enum {string}
             */
            scope: "all" | "team" | "agent" | "model" | "service";
        };
        /**
         * NewDashboard
         * @description What a dashboard shows.
         */
        NewDashboard: {
            /** Panels */
            panels?: components["schemas"]["DashboardPanel"][];
            /** Variables */
            variables?: components["schemas"]["Variable"][];
        };
        /**
         * NewKey
         * @description What a key shall be.
         */
        NewKey: {
            /**
             * Expires At S
             * @description seconds since the epoch; 0: never
             * @default 0
             */
            expires_at_s: number;
            /**
             * Name
             * @description who or what holds it
             */
            name: string;
            role: components["schemas"]["Role"];
            /**
             * Tenant
             * @description empty: the caller's own
             * @default
             */
            tenant: string;
        };
        /**
         * NewPassword
         * @description The caller's own new password.
         */
        NewPassword: {
            /** Current */
            current: string;
            /**
             * New
             * @description 10 to 256 characters
             */
            new: string;
        };
        /**
         * NewPolicy
         * @description For which agents, and between which limits they should be.
         */
        NewPolicy: {
            /**
             * Busy High
             * @description CPU, or share of agents that work where none is reported
             * @default 0.7
             */
            busy_high: number;
            /**
             * Busy Low
             * @default 0.3
             */
            busy_low: number;
            /**
             * Cooldown S
             * @description after a change nothing is decided anew for so long
             * @default 300
             */
            cooldown_s: number;
            /**
             * Horizon S
             * @description how far `predictive` looks ahead
             * @default 900
             */
            horizon_s: number;
            /**
             * Key
             * @description name of the one group; empty: every group of the scope
             * @default
             */
            key: string;
            /**
             * Max Instances
             * @default 1000
             */
            max_instances: number;
            /**
             * Memory High
             * @default 0.8
             */
            memory_high: number;
            /**
             * Min Instances
             * @default 1
             */
            min_instances: number;
            /**
             * Response S
             * @description 95 % of spans should take less
             * @default 5
             */
            response_s: number;
            /**
             * Scope
             * @description what a group of agents has in common
             * @default service
             * @enum {string}
             */
            scope: "service" | "kind" | "team";
            /**
             * Strategy
             * @description by what is now, or by what is foreseen where that is more
             * @default reactive
             * @enum {string}
             */
            strategy: "reactive" | "predictive";
        };
        /**
         * NewRound
         * @description A model to be trained together.
         */
        NewRound: {
            /**
             * Centre
             * @description what values are normalised by; empty: zeros
             */
            centre?: number[];
            /**
             * Clip
             * @description with `sigma`: longest normalised row
             */
            clip?: number | null;
            /** Name */
            name: string;
            /**
             * Scale
             * @description likewise; empty: ones
             */
            scale?: number[];
            /**
             * Sigma
             * @description noise of differential privacy; null: none
             */
            sigma?: number | null;
            /**
             * Signals
             * @description of GET /federated/values
             */
            signals: string[];
            /**
             * Sites
             * @description how many take part
             */
            sites: number;
        };
        /**
         * NewUser
         * @description Who a user shall be.
         */
        NewUser: {
            /**
             * Name
             * @description unique in the install; upper case is lower
             */
            name: string;
            /**
             * Password
             * @description 10 to 256 characters
             */
            password: string;
            role: components["schemas"]["UserRole"];
            /**
             * Tenant
             * @description empty: the caller's own
             * @default
             */
            tenant: string;
        };
        /**
         * NumberDifference
         * @description A number that tends to be larger or smaller among the selected spans.
         */
        NumberDifference: {
            /**
             * Certain
             * @description as of values
             */
            certain: number;
            /**
             * Difference
             * @description P(a selected one is larger) less P(it is smaller), -1 to 1
             */
            difference: number;
            /**
             * Field
             * @description name to use in the filter language
             */
            field: string;
            /**
             * Rest
             * @description other spans that have it
             */
            rest: number;
            /** Rest P50 */
            rest_p50: number;
            /** Rest P95 */
            rest_p95: number;
            /**
             * Selected
             * @description selected spans that have it
             */
            selected: number;
            /**
             * Selected P50
             * @description nanoseconds for durations, US dollars for cost
             */
            selected_p50: number;
            /** Selected P95 */
            selected_p95: number;
        };
        /**
         * Order
         * @description Order parameters over time.
         */
        Order: {
            /** Begun */
            begun: number[];
            /**
             * Chance
             * @description what as many independent beginnings reach in 95 of 100 cases
             */
            chance: (number | null)[];
            /**
             * Kuramoto
             * @description R of work begun, at the strongest common period
             */
            kuramoto: (number | null)[];
            /** Period S */
            period_s: number;
            /**
             * Times
             * @description Unix milliseconds, start of each bucket, ascending
             */
            times: number[];
        };
        /**
         * OwnPrice
         * @description What a model costs, per million tokens.
         */
        OwnPrice: {
            /**
             * Cached Usd
             * @description cache reads; null: as input
             */
            cached_usd?: number | null;
            /** Input Usd */
            input_usd: number;
            /**
             * Model
             * @description model id, or what ids begin with, up to a - @ : or _
             */
            model: string;
            /** Output Usd */
            output_usd: number;
        };
        /**
         * PanelQuery
         * @description One query of a panel.
         */
        PanelQuery: {
            /**
             * Expr
             * @description PromQL; `$name` stands for the value of a variable
             */
            expr: string;
            /**
             * Legend
             * @description `{{label}}` stands for the value of a label; empty: all labels
             * @default
             */
            legend: string;
        };
        /**
         * Part
         * @description A stretch of the text as it would be stored.
         */
        Part: {
            /**
             * Rule
             * @description the rule that put this in place of something; empty: as it was sent
             */
            rule: string;
            /** Text */
            text: string;
        };
        /**
         * PathColumns
         * @description The critical path, step by step in order of time.
         */
        PathColumns: {
            /**
             * At
             * @description row of the span
             */
            at: number[];
            /** Duration Ns */
            duration_ns: number[];
            /** Offset Ns */
            offset_ns: number[];
        };
        /**
         * Pattern
         * @description One kind and severity over time.
         */
        Pattern: {
            /** Count */
            count: number;
            /**
             * Counts
             * @description per bucket of `times`
             */
            counts: number[];
            /** Kind */
            kind: string;
            /**
             * Severity
             * @enum {string}
             */
            severity: "info" | "low" | "medium" | "high" | "critical";
        };
        /**
         * PatternState
         * @description A pattern that was asked.
         */
        PatternState: {
            /** About */
            about: string;
            /**
             * Error
             * @description empty: it worked
             */
            error: string;
            /** Kinds */
            kinds: string[];
            /** Level */
            level: number;
            /** Pattern */
            pattern: string;
            /** Seconds */
            seconds: number;
            /** Sensitivity */
            sensitivity: number;
        };
        /**
         * Plugin
         * @description One part: a built-in, or a plug-in that others wrote.
         */
        Plugin: {
            /**
             * About
             * @description what it is, in a line
             */
            about: string;
            /**
             * Kind
             * @description empty: a file of the plug-in folder that could not be loaded
             * @example redaction
             */
            kind: string;
            /** Name */
            name: string;
            /**
             * Origin
             * @description `builtin`, the distribution that brings it, or its file
             */
            origin: string;
            /**
             * Problem
             * @description why it is broken or failing
             */
            problem: string;
            /**
             * State
             * @description off: `plugins.off` leaves it out; failing: it is loaded, and its last call failed
             * @enum {string}
             */
            state: "active" | "off" | "broken" | "failing";
            /**
             * Version
             * @description of the distribution; empty for a file
             */
            version: string;
        };
        /**
         * Plugins
         * @description By kind and name.
         */
        Plugins: {
            /** Items */
            items: components["schemas"]["Plugin"][];
        };
        /**
         * Precision
         * @description What people said of its findings.
         */
        Precision: {
            /** False */
            false: number;
            /**
             * Precision
             * @description share of true ones; null: nobody said anything
             */
            precision: number | null;
            /** True */
            true: number;
        };
        /**
         * Price
         * @description A price and where it comes from.
         */
        Price: {
            /**
             * Cached Usd
             * @description cache reads; null: as input
             */
            cached_usd?: number | null;
            /** Input Usd */
            input_usd: number;
            /**
             * Model
             * @description model id, or what ids begin with, up to a - @ : or _
             */
            model: string;
            /** Output Usd */
            output_usd: number;
            /**
             * Source
             * @description shipped with the program, from a plug-in, from ingest.prices_file, or set by an admin
             * @enum {string}
             */
            source: "shipped" | "plugin" | "file" | "set";
        };
        /**
         * Prices
         * @description The price table by model.
         */
        Prices: {
            /** Prices */
            prices: components["schemas"]["Price"][];
        };
        /**
         * PriceUpdate
         * @description The prices that an admin sets; they come before shipped ones.
         */
        PriceUpdate: {
            /** Prices */
            prices: components["schemas"]["OwnPrice"][];
        };
        /**
         * Principal
         * @description How dangerous a principal is.
         */
        Principal: {
            /** Events */
            events: number;
            /** Kinds */
            kinds: {
                [key: string]: number;
            };
            /**
             * Last Seen
             * @description RFC 3339, UTC, nanoseconds
             * @example 2026-01-31T12:00:00.123456789Z
             */
            last_seen: string;
            /** Principal */
            principal: string;
            /** Risk */
            risk: number;
        };
        /**
         * Principals
         * @description Riskiest first.
         */
        Principals: {
            /**
             * Half Life S
             * @description after so long an event counts half
             */
            half_life_s: number;
            /** Items */
            items: components["schemas"]["Principal"][];
            /** Threat Score */
            threat_score: number;
            window: components["schemas"]["Window"];
        };
        /**
         * Problem
         * @description An error as RFC 9457 problem JSON.
         */
        Problem: {
            /**
             * Detail
             * @description what is wrong, with the value and the remedy
             */
            detail: string;
            /**
             * Faults
             * @description every parameter that is wrong: where, what, value
             * @default null
             */
            faults: {
                [key: string]: string;
            }[] | null;
            /**
             * Position
             * @description where it stops making sense: characters into a query or filter, bytes into a body
             * @default null
             */
            position: number | null;
            /**
             * Retryable
             * @description whether the same call can succeed later
             * @default null
             */
            retryable: boolean | null;
            /**
             * Status
             * @description the HTTP status
             */
            status: number;
            /**
             * Title
             * @description the kind of error
             * @example QueryError
             */
            title: string;
            /**
             * Type
             * @description always about:blank; `title` tells the kinds apart
             */
            type: string;
        };
        /**
         * Range
         * @description The samples of one series: raw, or averaged per step.
         */
        Range: {
            series: components["schemas"]["SeriesRow"];
            /**
             * Step Ms
             * @description null: raw samples
             */
            step_ms: number | null;
            /**
             * Times Ms
             * @description Unix milliseconds, start of each bucket, ascending
             */
            times_ms: number[];
            /** Truncated */
            truncated: boolean;
            /** Values */
            values: (number | null)[];
            window: components["schemas"]["Window"];
        };
        /**
         * Ranges
         * @description The samples of some series.
         */
        Ranges: {
            /** Items */
            items: components["schemas"]["Range"][];
        };
        /**
         * Readiness
         * @description Whether each part can do its work now.
         */
        Readiness: {
            /**
             * Components
             * @description component → ok, or why not
             */
            components: {
                [key: string]: string;
            };
            /** Ready */
            ready: boolean;
        };
        /**
         * Receipt
         * @description What became of a write; the accepted items are durable when this is sent.
         */
        Receipt: {
            /**
             * Accepted
             * @description items stored
             */
            accepted: number;
            /** Message */
            message: string;
            /**
             * Rejected
             * @description items refused; `message` says why
             */
            rejected: number;
        };
        /**
         * Redaction
         * @description The rules in force.
         */
        Redaction: {
            /**
             * About
             * @description rule, built in or of a plug-in → what it removes
             */
            about: {
                [key: string]: components["schemas"]["RuleAbout"];
            };
            /**
             * Custom
             * @description own rules: name → RE2 expression
             */
            custom: {
                [key: string]: string;
            };
            /** Enabled */
            enabled: boolean;
            /**
             * Replacement
             * @description what stands in place of what was removed; `{rule}` is the rule's name
             */
            replacement: string;
            /**
             * Rules
             * @description rule, built in or of a plug-in → whether it applies
             */
            rules: {
                [key: string]: boolean;
            };
        };
        /**
         * Redriven
         * @description What was stored.
         */
        Redriven: {
            /** Rows */
            rows: number;
        };
        /**
         * Registration
         * @description What an agent says of itself when it starts.
         */
        Registration: {
            /** Capabilities */
            capabilities?: string[];
            /**
             * Kind
             * @description llm, rl, worker …
             * @default
             */
            kind: string;
            /** Labels */
            labels?: {
                [key: string]: string;
            };
            /**
             * Model
             * @default
             */
            model: string;
            /**
             * Name
             * @description display name; the id when empty
             * @default
             */
            name: string;
            /**
             * Status
             * @description free text, e.g. ready
             * @default
             */
            status: string;
            /**
             * Version
             * @default
             */
            version: string;
        };
        /**
         * Replayed
         * @description Everything that it would have said; nothing of it is kept.
         */
        Replayed: {
            /** Detector */
            detector: string;
            /**
             * Error
             * @description its last failure; empty: none
             */
            error: string;
            /** Items */
            items: components["schemas"]["WouldSay"][];
            /**
             * Step S
             * @description between two looks
             */
            step_s: number;
            /**
             * Until
             * @description how far the time of the call went; earlier than the window's end: ask for the rest
             * @example 2026-01-31T12:00:00.123456789Z
             */
            until: string;
            window: components["schemas"]["Window"];
        };
        /**
         * Resource
         * @description What sends: a process, with the scope of the instrumentation where that says something of itself.
         */
        Resource: {
            /**
             * Attributes
             * @description attributes under their original keys and types
             */
            attributes: {
                [key: string]: components["schemas"]["JsonValue"];
            };
            /** Resource Id */
            resource_id: string;
        };
        /**
         * Retention
         * @description How long each kind of data is kept.
         */
        Retention: {
            /** Items */
            items: components["schemas"]["RetentionRule"][];
        };
        /**
         * RetentionChange
         * @description Times of your own.
         */
        RetentionChange: {
            /**
             * Values
             * @description setting → value; null: as configured. What is not named stays
             */
            values: {
                [key: string]: number | null;
            };
        };
        /**
         * RetentionRule
         * @description One setting of the section `retention`.
         */
        RetentionRule: {
            /**
             * About
             * @description what is kept that long
             */
            about: string;
            /**
             * Bytes
             * @description what these tables take on disk now, of all tenants; null where not the first tenant asks
             */
            bytes: number | null;
            /**
             * Configured
             * @description what the configuration says; in force when nothing is set here
             */
            configured: number;
            /** Least */
            least: number;
            /** Most */
            most: number;
            /**
             * Name
             * @example spans_days
             */
            name: string;
            /**
             * Rows
             * @description rows of what the setting names; what is kept beside it, to find it, has room but no count
             */
            rows: number | null;
            /**
             * Source
             * @enum {string}
             */
            source: "configured" | "set";
            /**
             * Tables
             * @description tables whose rows go by it
             */
            tables: string[];
            /**
             * Unit
             * @enum {string}
             */
            unit: "days" | "ratio";
            /**
             * Value
             * @description in force
             */
            value: number;
        };
        /**
         * Role
         * @description What a key or a user may do. `ingest` writes telemetry and reads nothing; the others include the one before.
         * @enum {string}
         */
        Role: "ingest" | "viewer" | "editor" | "admin";
        /**
         * RuleAbout
         * @description What a rule removes, with an example.
         */
        RuleAbout: {
            /**
             * After
             * @description what is stored of the example
             */
            after: string;
            /**
             * Before
             * @description an example; empty: the rule has none
             */
            before: string;
            /** Removes */
            removes: string;
        };
        /**
         * Said
         * @description What was said is kept.
         */
        Said: {
            /** Finding */
            finding: string;
            /** Note */
            note: string;
            threshold: components["schemas"]["Threshold"];
            /**
             * Verdict
             * @enum {string}
             */
            verdict: "true" | "false" | "withdrawn";
        };
        /**
         * ScalingAdvice
         * @description How many instances a group should have, and why.
         */
        ScalingAdvice: {
            /**
             * Added Cost Usd Per Hour
             * @description (factor − 1) × what the group costs now
             */
            added_cost_usd_per_hour: number;
            /**
             * Bottleneck
             * @description busy, memory or response: what asked for most; empty: nothing did
             */
            bottleneck: string;
            /**
             * Busy
             * @description 0–1, what the policy's limits are held against
             */
            busy: number;
            /**
             * Busy By
             * @description cpu, or working: the share of instances that work, where no CPU is reported
             */
            busy_by: string;
            /**
             * Cost Usd Per Hour
             * @description US dollars
             */
            cost_usd_per_hour: number;
            /** Cpu */
            cpu: number | null;
            /** Desired */
            desired: number;
            /**
             * Direction
             * @enum {string}
             */
            direction: "up" | "down" | "hold";
            /** Error Ratio */
            error_ratio: number;
            /**
             * Expected Gain
             * @description (factor − 1) × 0.85: what of the added capacity is expected to arrive
             */
            expected_gain: number;
            /**
             * Factor
             * @description desired over current instances
             */
            factor: number;
            /**
             * Foreseen
             * @description most load within the horizon, as a factor; of `predictive` policies
             */
            foreseen: number | null;
            /** Gpu */
            gpu: number | null;
            /** Group */
            group: string;
            /**
             * Instances
             * @description agents that are there: not abandoned
             */
            instances: number;
            /** Memory */
            memory: number | null;
            /** Policy */
            policy: string;
            /** Reasons */
            reasons: string[];
            /**
             * Response S
             * @description 95th percentile of spans
             */
            response_s: number | null;
            /** Spans Per S */
            spans_per_s: number;
            /** Working */
            working: number;
        };
        /**
         * ScalingAnalysis
         * @description What is advised now, groups that should change first.
         */
        ScalingAnalysis: {
            /** Items */
            items: components["schemas"]["ScalingAdvice"][];
            /**
             * Time
             * @description RFC 3339, UTC, nanoseconds
             * @example 2026-01-31T12:00:00.123456789Z
             */
            time: string;
        };
        /**
         * ScalingDecision
         * @description A change that was advised and kept. Nothing is carried out: who runs the agents does that.
         */
        ScalingDecision: {
            /**
             * Added Cost Usd Per Hour
             * @description (factor − 1) × what the group costs now
             */
            added_cost_usd_per_hour: number;
            /**
             * Bottleneck
             * @description busy, memory or response: what asked for most; empty: nothing did
             */
            bottleneck: string;
            /**
             * Busy
             * @description 0–1, what the policy's limits are held against
             */
            busy: number;
            /**
             * Busy By
             * @description cpu, or working: the share of instances that work, where no CPU is reported
             */
            busy_by: string;
            /**
             * Cost Usd Per Hour
             * @description US dollars
             */
            cost_usd_per_hour: number;
            /** Cpu */
            cpu: number | null;
            /** Desired */
            desired: number;
            /**
             * Direction
             * @enum {string}
             */
            direction: "up" | "down" | "hold";
            /** Error Ratio */
            error_ratio: number;
            /**
             * Expected Gain
             * @description (factor − 1) × 0.85: what of the added capacity is expected to arrive
             */
            expected_gain: number;
            /**
             * Factor
             * @description desired over current instances
             */
            factor: number;
            /**
             * Foreseen
             * @description most load within the horizon, as a factor; of `predictive` policies
             */
            foreseen: number | null;
            /** Gpu */
            gpu: number | null;
            /** Group */
            group: string;
            /** Id */
            id: string;
            /**
             * Instances
             * @description agents that are there: not abandoned
             */
            instances: number;
            /** Memory */
            memory: number | null;
            /** Policy */
            policy: string;
            /** Reasons */
            reasons: string[];
            /**
             * Response S
             * @description 95th percentile of spans
             */
            response_s: number | null;
            /** Spans Per S */
            spans_per_s: number;
            /**
             * Time
             * @description RFC 3339, UTC, nanoseconds
             * @example 2026-01-31T12:00:00.123456789Z
             */
            time: string;
            /** Working */
            working: number;
        };
        /**
         * ScalingDecisions
         * @description Decisions, newest first. next: moment of the last one, for `before`; null at the end.
         */
        ScalingDecisions: {
            /** Items */
            items: components["schemas"]["ScalingDecision"][];
            /** Next */
            next: string | null;
        };
        /**
         * ScalingEfficiency
         * @description How well each group's instances are used, those with the most to gain first.
         */
        ScalingEfficiency: {
            /** Instances */
            instances: number;
            /** Items */
            items: components["schemas"]["GroupEfficiency"][];
            /** Needed */
            needed: number;
            /**
             * Potential
             * @description 0–1, of all groups together
             */
            potential: number;
            /**
             * Time
             * @description RFC 3339, UTC, nanoseconds
             * @example 2026-01-31T12:00:00.123456789Z
             */
            time: string;
        };
        /**
         * ScalingPolicies
         * @description The policies of a tenant by name; `default` counts for services that no other names, also where nobody set it.
         */
        ScalingPolicies: {
            /** Items */
            items: components["schemas"]["ScalingPolicy"][];
        };
        /**
         * ScalingPolicy
         * @description A policy by its name.
         */
        ScalingPolicy: {
            /**
             * Busy High
             * @description CPU, or share of agents that work where none is reported
             * @default 0.7
             */
            busy_high: number;
            /**
             * Busy Low
             * @default 0.3
             */
            busy_low: number;
            /**
             * Cooldown S
             * @description after a change nothing is decided anew for so long
             * @default 300
             */
            cooldown_s: number;
            /**
             * Horizon S
             * @description how far `predictive` looks ahead
             * @default 900
             */
            horizon_s: number;
            /**
             * Key
             * @description name of the one group; empty: every group of the scope
             * @default
             */
            key: string;
            /**
             * Max Instances
             * @default 1000
             */
            max_instances: number;
            /**
             * Memory High
             * @default 0.8
             */
            memory_high: number;
            /**
             * Min Instances
             * @default 1
             */
            min_instances: number;
            /** Name */
            name: string;
            /**
             * Response S
             * @description 95 % of spans should take less
             * @default 5
             */
            response_s: number;
            /**
             * Scope
             * @description what a group of agents has in common
             * @default service
             * @enum {string}
             */
            scope: "service" | "kind" | "team";
            /**
             * Strategy
             * @description by what is now, or by what is foreseen where that is more
             * @default reactive
             * @enum {string}
             */
            strategy: "reactive" | "predictive";
        };
        /**
         * SecurityEvent
         * @description One thing that is held against one event.
         */
        SecurityEvent: {
            /** Action */
            action: string;
            /** Agent */
            agent: string;
            /** Attributes */
            attributes: {
                [key: string]: string;
            };
            /** Confidence */
            confidence: number;
            /** Endpoint */
            endpoint: string;
            /**
             * Family
             * @description which sort of the kind
             */
            family: string;
            /** Id */
            id: string;
            /**
             * Kind
             * @description sql_injection, prompt_injection, brute_force, …
             */
            kind: string;
            /** Message */
            message: string;
            /** Principal */
            principal: string;
            /** Score */
            score: number;
            /** Session */
            session: string;
            /**
             * Severity
             * @enum {string}
             */
            severity: "info" | "low" | "medium" | "high" | "critical";
            /** Source */
            source: string;
            /**
             * Time
             * @description RFC 3339, UTC, nanoseconds
             * @example 2026-01-31T12:00:00.123456789Z
             */
            time: string;
            /**
             * Trace Id
             * @description empty: none
             */
            trace_id: string;
        };
        /**
         * SecurityEvents
         * @description A page, newest first.
         */
        SecurityEvents: {
            /** Items */
            items: components["schemas"]["SecurityEvent"][];
            /**
             * Next
             * @description pass as `cursor` for the next page; null: there is none
             */
            next: string | null;
            window: components["schemas"]["Window"];
        };
        /**
         * SecuritySummary
         * @description How things stand.
         */
        SecuritySummary: {
            /** Agents */
            agents: components["schemas"]["Count"][];
            /** Endpoints */
            endpoints: components["schemas"]["Count"][];
            /** Events */
            events: number;
            /**
             * Patterns
             * @description worst severity first
             */
            patterns: components["schemas"]["Pattern"][];
            /** Principals */
            principals: components["schemas"]["Count"][];
            /** Sources */
            sources: components["schemas"]["Count"][];
            /**
             * Threat Score
             * @description the risk of all principals together
             */
            threat_score: number;
            /**
             * Times
             * @description Unix milliseconds, start of each bucket, ascending
             */
            times: number[];
            window: components["schemas"]["Window"];
        };
        /**
         * SecurityTail
         * @description What the live channel `security` sends: first the newest, newest first, then what is found, oldest first.
         */
        SecurityTail: {
            /** Items */
            items: components["schemas"]["SecurityEvent"][];
            /**
             * Skipped
             * @description more were found at once; `GET /api/v1/security/events` lists them
             */
            skipped: number;
        };
        /**
         * SelfHistory
         * @description The last hour of the install's own figures, by name; rates are a second. Empty for some seconds after a start.
         */
        SelfHistory: {
            /**
             * Series
             * @description spans, logs, metrics, calls: a second; cpu_seconds: cores in use; journal_bytes, queue_bytes, memory_bytes, lag_rows, lag_s, dead_letters; call_seconds: seconds spent in answering, a second
             */
            series: {
                [key: string]: (number | null)[];
            };
            /** Step Ms */
            step_ms: number;
            /**
             * Times Ms
             * @description Unix milliseconds, start of each bucket, ascending
             */
            times_ms: number[];
        };
        /**
         * SelfMetric
         * @description One of the platform's own metrics.
         */
        SelfMetric: {
            /** Help */
            help: string;
            /** Kind */
            kind: string;
            /** Name */
            name: string;
            /** Samples */
            samples: components["schemas"]["SelfSample"][];
        };
        /**
         * SelfMetrics
         * @description The platform's own metrics, as /metrics has them.
         */
        SelfMetrics: {
            /** Metrics */
            metrics: components["schemas"]["SelfMetric"][];
            /**
             * Time
             * @description RFC 3339, UTC, nanoseconds
             * @example 2026-01-31T12:00:00.123456789Z
             */
            time: string;
        };
        /**
         * SelfSample
         * @description One value of one of the platform's own metrics.
         */
        SelfSample: {
            /** Labels */
            labels: {
                [key: string]: string;
            };
            /** Name */
            name: string;
            /** Value */
            value: number | null;
        };
        /**
         * SelfTestFault
         * @description How one kind of fault is found on this install.
         */
        SelfTestFault: {
            /**
             * Affected
             * @description agents that were struck, over all cycles
             */
            affected: number;
            /**
             * Called
             * @description kinds of findings that call it by its name
             */
            called: string[];
            /** Cycles */
            cycles: number;
            /**
             * Delay S
             * @description median from the start of the fault to the first right finding
             */
            delay_s: number | null;
            /** False Per Hour */
            false_per_hour: number;
            /**
             * Fault
             * @description what was planted; none: cycles in which nothing was
             */
            fault: string;
            /**
             * Precision
             * @description share of all findings of these cycles that were right
             */
            precision: number | null;
            /**
             * Recall
             * @description share of them that were found
             */
            recall: number | null;
            /**
             * Recall By Name
             * @description share that were found under one of `called`
             */
            recall_by_name: number | null;
        };
        /**
         * SelfTestKind
         * @description How often a kind of finding was right.
         */
        SelfTestKind: {
            /** Findings */
            findings: number;
            /** Kind */
            kind: string;
            /** Precision */
            precision: number;
        };
        /**
         * SelfTestState
         * @description What the self-test showed until now.
         */
        SelfTestState: {
            /** Agents */
            agents: number;
            /** Cycle S */
            cycle_s: number;
            /** Cycles */
            cycles: number;
            /** Enabled */
            enabled: boolean;
            /** Faults */
            faults: components["schemas"]["SelfTestFault"][];
            /** Kinds */
            kinds: components["schemas"]["SelfTestKind"][];
            /** Since */
            since: string | null;
            /**
             * Tenant
             * @description where its data lie until they are deleted
             */
            tenant: string;
        };
        /**
         * SeriesList
         * @description A page of series.
         */
        SeriesList: {
            /** Items */
            items: components["schemas"]["SeriesRow"][];
            /**
             * Next
             * @description pass as `cursor` for the next page; null: there is none
             */
            next: string | null;
        };
        /**
         * SeriesRow
         * @description One series.
         */
        SeriesRow: {
            /** Agent */
            agent: string;
            /** Kind */
            kind: string;
            /** Labels */
            labels: {
                [key: string]: string;
            };
            /**
             * Last Seen
             * @description RFC 3339, UTC, nanoseconds
             * @example 2026-01-31T12:00:00.123456789Z
             */
            last_seen: string;
            /** Metric */
            metric: string;
            /**
             * Series Id
             * @description 32 hex digits
             */
            series_id: string;
            /**
             * Temporality
             * @description empty, delta or cumulative
             */
            temporality: string;
            /** Unit */
            unit: string;
        };
        /**
         * Session
         * @description One session.
         */
        Session: {
            /**
             * Conversation
             * @description each message once, where it first appeared
             */
            conversation: components["schemas"]["Utterance"][];
            summary: components["schemas"]["SessionRow"];
            /**
             * Truncated
             * @description true: there are more turns or messages than the limits
             */
            truncated: boolean;
            /**
             * Turns
             * @description by start time, at most 1,000
             */
            turns: components["schemas"]["Turn"][];
        };
        /**
         * SessionRow
         * @description A session in one line.
         */
        SessionRow: {
            /**
             * Agents
             * @description distinct agent ids, at most 50
             */
            agents: string[];
            /**
             * Cost Usd
             * @description US dollars
             */
            cost_usd: number;
            /**
             * Duration Ns
             * @description nanoseconds
             */
            duration_ns: number;
            /** Errors */
            errors: number;
            /** Input Tokens */
            input_tokens: number;
            /**
             * Last Time
             * @description end of its last span
             * @example 2026-01-31T12:00:00.123456789Z
             */
            last_time: string;
            /**
             * Models
             * @description distinct models, at most 50
             */
            models: string[];
            /**
             * Outcome
             * @description looping: one of its agents repeats a call now; running: its last turn has not ended, unfinished: and is silent for 5 minutes; else by its last root span: failed; recovered: that one ended well, after errors; fine: none
             * @enum {string}
             */
            outcome: "fine" | "recovered" | "failed" | "looping" | "running" | "unfinished";
            /** Output Tokens */
            output_tokens: number;
            /** Session */
            session: string;
            /** Spans */
            spans: number;
            /**
             * Start Time
             * @description RFC 3339, UTC, nanoseconds
             * @example 2026-01-31T12:00:00.123456789Z
             */
            start_time: string;
            /**
             * Title
             * @description the first words that a user said, at most 200 characters; empty: nobody said any
             */
            title: string;
            /**
             * Turns
             * @description traces
             */
            turns: number;
            /**
             * Unpriced
             * @description models that used tokens of which no price is known, at most 5: what they cost is not in `cost_usd`
             */
            unpriced: string[];
        };
        /**
         * Sessions
         * @description A page of sessions.
         */
        Sessions: {
            /** Items */
            items: components["schemas"]["SessionRow"][];
            /**
             * Next
             * @description pass as `cursor` for the next page; null: there is none
             */
            next: string | null;
            window: components["schemas"]["Window"];
        };
        /**
         * SeverityOverTime
         * @description Findings of one severity.
         */
        SeverityOverTime: {
            /** Count */
            count: number;
            /**
             * Counts
             * @description per bucket of `times`
             */
            counts: number[];
            /**
             * Severity
             * @enum {string}
             */
            severity: "info" | "low" | "medium" | "high" | "critical";
        };
        /**
         * Sharing
         * @description A site's masked vector: base64 of little-endian 64-bit numbers.
         */
        Sharing: {
            /**
             * Site
             * @description name of the site, its own in the round
             */
            site: string;
            /** Vector */
            vector: string;
        };
        /**
         * Side
         * @description One side of a comparison.
         */
        Side: {
            /**
             * Errors
             * @description spans with status error
             */
            errors: number;
            /** Spans */
            spans: number;
            /**
             * Traces
             * @description distinct traces, approximate above 1,000
             */
            traces: number;
        };
        /**
         * Signal
         * @description A numeric series of an agent and its newest value.
         */
        Signal: {
            /**
             * Kind
             * @description gauge, counter, updown, histogram …
             */
            kind: string;
            /** Labels */
            labels: {
                [key: string]: string;
            };
            /**
             * Signal
             * @description built in (spans, errors, latency_p95 …) or the name of a metric
             */
            signal: string;
            /**
             * Time
             * @description of the value
             */
            time: string | null;
            /** Unit */
            unit: string;
            /**
             * Value
             * @description newest value; counters per second
             */
            value: number | null;
        };
        /**
         * SignalBand
         * @description One signal as detectors take it, with what is normal.
         */
        SignalBand: {
            /** Expected */
            expected: (number | null)[];
            /**
             * Known
             * @description minutes of its own past that it was learned from
             */
            known: number;
            /** Lower */
            lower: (number | null)[];
            /** Signal */
            signal: string;
            /** Unit */
            unit: string;
            /** Upper */
            upper: (number | null)[];
            /**
             * Values
             * @description over the frame that ends then
             */
            values: (number | null)[];
        };
        /**
         * SignalForecast
         * @description What is to come of one signal, with what it was made of.
         */
        SignalForecast: {
            /**
             * Agent
             * @description empty: the whole fleet
             */
            agent: string;
            coverage: components["schemas"]["ForecastCoverage"];
            /**
             * Error
             * @description mean absolute error on held-back values; null for signals that vary by ratio
             */
            error: number | null;
            /**
             * Experts
             * @description weightiest first
             */
            experts: components["schemas"]["ForecastExpert"][];
            /**
             * From
             * @description up to when values are known
             * @example 2026-01-31T12:00:00.123456789Z
             */
            from: string;
            /**
             * Level
             * @description share of values that should lie between lower and upper
             */
            level: number;
            /** Lower */
            lower: (number | null)[];
            /** Past */
            past: (number | null)[];
            /**
             * Past Ms
             * @description Unix milliseconds, end of each step that is known
             */
            past_ms: number[];
            /**
             * Season Ms
             * @description cycles that were taken into account
             */
            season_ms: number[];
            /** Signal */
            signal: string;
            /** Step Ms */
            step_ms: number;
            /**
             * Times Ms
             * @description Unix milliseconds, end of each step to come
             */
            times_ms: number[];
            /** Unit */
            unit: string;
            /** Upper */
            upper: (number | null)[];
            /** Value */
            value: (number | null)[];
        };
        /**
         * Signals
         * @description All signals of an agent.
         */
        Signals: {
            /** Agent */
            agent: string;
            /** Signals */
            signals: components["schemas"]["Signal"][];
        };
        /**
         * SignalVerdict
         * @description What the detectors hold of one signal of one agent now.
         */
        SignalVerdict: {
            /**
             * Detectors
             * @description tail probability by detector, as each claims it
             */
            detectors: {
                [key: string]: number | null;
            };
            /** Expected */
            expected: number | null;
            /** Lower */
            lower: number | null;
            /** Observed */
            observed: number | null;
            /** Signal */
            signal: string;
            /**
             * Strange
             * @description whether it is a discovery, tested over the whole fleet
             */
            strange: boolean;
            /**
             * Tail
             * @description calibrated tail probability of the ensemble; null: not known yet
             */
            tail: number | null;
            /** Unit */
            unit: string;
            /** Upper */
            upper: number | null;
        };
        /**
         * Snippet
         * @description The lines for one framework.
         */
        Snippet: {
            /**
             * About
             * @description what it sees, in a sentence
             */
            about: string;
            /**
             * Environment
             * @description shell: the variables; empty: none are needed
             */
            environment: string;
            /**
             * Example
             * @description a small use, to see something at once; may be empty
             */
            example: string;
            /**
             * Id
             * @example langchain
             */
            id: string;
            /**
             * Install
             * @description shell: the packages; empty: none are needed
             */
            install: string;
            /** Label */
            label: string;
            /**
             * Language
             * @description of `setup` and `example`
             * @enum {string}
             */
            language: "python" | "node" | "shell";
            /**
             * Setup
             * @description lines for the start of the program; a shell's are all there is
             */
            setup: string;
        };
        /**
         * Span
         * @description A span in its trace with everything that was sent.
         */
        Span: {
            /**
             * Agent
             * @description agent id; empty: none
             */
            agent: string;
            /** Agent Name */
            agent_name: string;
            /**
             * Attributes
             * @description attributes under their original keys and types
             */
            attributes: {
                [key: string]: components["schemas"]["JsonValue"];
            };
            /** Cached Tokens */
            cached_tokens: number;
            /**
             * Cost Usd
             * @description US dollars
             */
            cost_usd: number;
            /**
             * Critical
             * @description on the critical path
             */
            critical: boolean;
            /**
             * Depth
             * @description 0: a root, or a span whose parent is not in the trace
             */
            depth: number;
            /**
             * Dropped Attributes Count
             * @description attributes that the sender left out
             */
            dropped_attributes_count: number;
            /** Dropped Events Count */
            dropped_events_count: number;
            /** Dropped Links Count */
            dropped_links_count: number;
            /**
             * Duration Ns
             * @description nanoseconds
             */
            duration_ns: number;
            /** Events */
            events: components["schemas"]["SpanEvent"][];
            /** Flags */
            flags: number;
            /** Input Tokens */
            input_tokens: number;
            /**
             * Kind
             * @enum {string}
             */
            kind: "unspecified" | "internal" | "server" | "client" | "producer" | "consumer";
            /** Links */
            links: components["schemas"]["SpanLink"][];
            /** Messages */
            messages: components["schemas"]["Message"][];
            /** Model */
            model: string;
            /** Name */
            name: string;
            /**
             * Offset Ns
             * @description start relative to the start of the trace
             */
            offset_ns: number;
            /**
             * Operation
             * @description gen_ai.operation.name vocabulary
             */
            operation: string;
            /**
             * Orphan
             * @description has a parent that is not in the trace
             */
            orphan: boolean;
            /** Output Tokens */
            output_tokens: number;
            /**
             * Parent Span Id
             * @description null: a root
             */
            parent_span_id: string | null;
            /**
             * Peer Agent
             * @description whom this span addresses
             */
            peer_agent: string;
            /**
             * Pending
             * @description true: started and not ended; the duration is what has passed so far
             */
            pending: boolean;
            /** Provider */
            provider: string;
            /** Reasoning Tokens */
            reasoning_tokens: number;
            /**
             * Resource Id
             * @description key into `resources` of the trace
             */
            resource_id: string;
            /** Scope Name */
            scope_name: string;
            /** Scope Version */
            scope_version: string;
            /**
             * Self Ns
             * @description time not covered by child spans
             */
            self_ns: number;
            /** Service */
            service: string;
            /** Session */
            session: string;
            /**
             * Span Id
             * @description 16 hex digits
             * @example 00f067aa0ba902b7
             */
            span_id: string;
            /**
             * Start Time
             * @description RFC 3339, UTC, nanoseconds
             * @example 2026-01-31T12:00:00.123456789Z
             */
            start_time: string;
            /**
             * Status
             * @enum {string}
             */
            status: "unset" | "ok" | "error";
            /** Status Message */
            status_message: string;
            /** Tool */
            tool: string;
            /**
             * Trace Id
             * @description 32 hex digits
             * @example 4bf92f3577b34da6a3ce929d0e0e4736
             */
            trace_id: string;
            /** Trace State */
            trace_state: string;
            /**
             * Ttft Ns
             * @description time to first token; null: unknown
             */
            ttft_ns: number | null;
            /** Workflow */
            workflow: string;
        };
        /**
         * SpanColumns
         * @description The spans of a large trace, row by row as `spans` would be, without what they brought.
         */
        SpanColumns: {
            agent: components["schemas"]["TextColumn"];
            agent_name: components["schemas"]["TextColumn"];
            /** Cached Tokens */
            cached_tokens: number[];
            /** Cost Usd */
            cost_usd: number[];
            /** Critical */
            critical: boolean[];
            /** Depth */
            depth: number[];
            /** Duration Ns */
            duration_ns: number[];
            /** Input Tokens */
            input_tokens: number[];
            kind: components["schemas"]["TextColumn"];
            model: components["schemas"]["TextColumn"];
            name: components["schemas"]["TextColumn"];
            /**
             * Offset Ns
             * @description start relative to the start of the trace
             */
            offset_ns: number[];
            operation: components["schemas"]["TextColumn"];
            /** Orphan */
            orphan: boolean[];
            /** Output Tokens */
            output_tokens: number[];
            /** Parent Span Id */
            parent_span_id: (string | null)[];
            /** @description the critical path */
            path: components["schemas"]["PathColumns"];
            peer_agent: components["schemas"]["TextColumn"];
            /** Pending */
            pending: boolean[];
            provider: components["schemas"]["TextColumn"];
            /** Reasoning Tokens */
            reasoning_tokens: number[];
            /** Self Ns */
            self_ns: number[];
            service: components["schemas"]["TextColumn"];
            session: components["schemas"]["TextColumn"];
            /** Span Id */
            span_id: string[];
            status: components["schemas"]["TextColumn"];
            status_message: components["schemas"]["TextColumn"];
            tool: components["schemas"]["TextColumn"];
            /**
             * Ttft Ns
             * @description 0: unknown
             */
            ttft_ns: number[];
            workflow: components["schemas"]["TextColumn"];
        };
        /**
         * SpanDetails
         * @description What one span brought, beside what its row says.
         */
        SpanDetails: {
            /**
             * Attributes
             * @description attributes under their original keys and types
             */
            attributes: {
                [key: string]: components["schemas"]["JsonValue"];
            };
            /**
             * Dropped Attributes Count
             * @description attributes that the sender left out
             */
            dropped_attributes_count: number;
            /** Dropped Events Count */
            dropped_events_count: number;
            /** Dropped Links Count */
            dropped_links_count: number;
            /** Events */
            events: components["schemas"]["SpanEvent"][];
            /** Flags */
            flags: number;
            /** Links */
            links: components["schemas"]["SpanLink"][];
            /** Messages */
            messages: components["schemas"]["Message"][];
            /**
             * Resource
             * @description attributes of its resource
             */
            resource: {
                [key: string]: components["schemas"]["JsonValue"];
            };
            /** Resource Id */
            resource_id: string;
            /** Scope Name */
            scope_name: string;
            /** Scope Version */
            scope_version: string;
            /**
             * Span Id
             * @description 16 hex digits
             * @example 00f067aa0ba902b7
             */
            span_id: string;
            /** Trace State */
            trace_state: string;
        };
        /**
         * SpanEvent
         * @description Something that happened at one moment of a span.
         */
        SpanEvent: {
            /**
             * Attributes
             * @description attributes under their original keys and types
             */
            attributes: {
                [key: string]: components["schemas"]["JsonValue"];
            };
            /**
             * Dropped Attributes Count
             * @description attributes that the sender left out
             */
            dropped_attributes_count: number;
            /** Name */
            name: string;
            /**
             * Time
             * @description RFC 3339, UTC, nanoseconds
             * @example 2026-01-31T12:00:00.123456789Z
             */
            time: string;
        };
        /**
         * SpanLink
         * @description A reference to another span.
         */
        SpanLink: {
            /**
             * Attributes
             * @description attributes under their original keys and types
             */
            attributes: {
                [key: string]: components["schemas"]["JsonValue"];
            };
            /**
             * Dropped Attributes Count
             * @description attributes that the sender left out
             */
            dropped_attributes_count: number;
            /**
             * Flags
             * @description W3C trace flags, and whether the link leads to another process
             */
            flags: number;
            /**
             * Span Id
             * @description 16 hex digits
             * @example 00f067aa0ba902b7
             */
            span_id: string;
            /**
             * Trace Id
             * @description 32 hex digits
             * @example 4bf92f3577b34da6a3ce929d0e0e4736
             */
            trace_id: string;
            /** Trace State */
            trace_state: string;
        };
        /**
         * SpanRow
         * @description A span without attributes, events and messages: one line of a list.
         */
        SpanRow: {
            /**
             * Agent
             * @description agent id; empty: none
             */
            agent: string;
            /** Agent Name */
            agent_name: string;
            /** Cached Tokens */
            cached_tokens: number;
            /**
             * Cost Usd
             * @description US dollars
             */
            cost_usd: number;
            /**
             * Duration Ns
             * @description nanoseconds
             */
            duration_ns: number;
            /** Input Tokens */
            input_tokens: number;
            /**
             * Kind
             * @enum {string}
             */
            kind: "unspecified" | "internal" | "server" | "client" | "producer" | "consumer";
            /** Model */
            model: string;
            /** Name */
            name: string;
            /**
             * Operation
             * @description gen_ai.operation.name vocabulary
             */
            operation: string;
            /** Output Tokens */
            output_tokens: number;
            /**
             * Parent Span Id
             * @description null: a root
             */
            parent_span_id: string | null;
            /**
             * Peer Agent
             * @description whom this span addresses
             */
            peer_agent: string;
            /**
             * Pending
             * @description true: started and not ended; the duration is what has passed so far
             */
            pending: boolean;
            /** Provider */
            provider: string;
            /** Reasoning Tokens */
            reasoning_tokens: number;
            /** Service */
            service: string;
            /** Session */
            session: string;
            /**
             * Span Id
             * @description 16 hex digits
             * @example 00f067aa0ba902b7
             */
            span_id: string;
            /**
             * Start Time
             * @description RFC 3339, UTC, nanoseconds
             * @example 2026-01-31T12:00:00.123456789Z
             */
            start_time: string;
            /**
             * Status
             * @enum {string}
             */
            status: "unset" | "ok" | "error";
            /** Status Message */
            status_message: string;
            /** Tool */
            tool: string;
            /**
             * Trace Id
             * @description 32 hex digits
             * @example 4bf92f3577b34da6a3ce929d0e0e4736
             */
            trace_id: string;
            /**
             * Ttft Ns
             * @description time to first token; null: unknown
             */
            ttft_ns: number | null;
            /** Workflow */
            workflow: string;
        };
        /**
         * Spans
         * @description A page of a span search.
         */
        Spans: {
            /** Items */
            items: components["schemas"]["SpanRow"][];
            /**
             * Next
             * @description pass as `cursor` for the next page; null: there is none
             */
            next: string | null;
            window: components["schemas"]["Window"];
        };
        /**
         * SqlColumn
         * @description A column of a result.
         */
        SqlColumn: {
            /** Name */
            name: string;
            /**
             * Type
             * @description Arrow type
             */
            type: string;
        };
        /**
         * SqlQuery
         * @description A read-only query.
         */
        SqlQuery: {
            /**
             * Format
             * @default json
             * @enum {string}
             */
            format: "json" | "csv" | "arrow" | "parquet";
            /**
             * Limit
             * @description rows at most; `truncated` tells when there were more
             * @default 10000
             */
            limit: number;
            /**
             * Query
             * @example SELECT agent, count() FROM spans GROUP BY agent
             */
            query: string;
        };
        /**
         * SqlResult
         * @description The answer to a query in JSON; other formats come as files.
         */
        SqlResult: {
            /** Columns */
            columns: components["schemas"]["SqlColumn"][];
            /** Elapsed Ms */
            elapsed_ms: number;
            /**
             * Rows
             * @description ids as hex, moments as RFC 3339, 64-bit integers as numbers
             */
            rows: unknown[][];
            /** Truncated */
            truncated: boolean;
        };
        /**
         * SqlSchema
         * @description What may be queried.
         */
        SqlSchema: {
            /**
             * Functions
             * @description functions that may be called
             */
            functions: string[];
            /** Tables */
            tables: components["schemas"]["SqlTable"][];
        };
        /**
         * SqlTable
         * @description A table that may be queried.
         */
        SqlTable: {
            /**
             * Columns
             * @description types as the store has them
             */
            columns: components["schemas"]["SqlColumn"][];
            /** Doc */
            doc: string;
            /** Name */
            name: string;
        };
        /**
         * StateChange
         * @description The agent's condition as seen by this server.
         */
        StateChange: {
            /** Reason */
            reason: string;
            /**
             * State
             * @enum {string}
             */
            state: "working" | "waiting" | "looping" | "wedged" | "idle" | "abandoned" | "failing";
            /**
             * Time
             * @description RFC 3339, UTC, nanoseconds
             * @example 2026-01-31T12:00:00.123456789Z
             */
            time: string;
        };
        /**
         * StateCounts
         * @description How many agents are in each state.
         */
        StateCounts: {
            /** Abandoned */
            abandoned: number;
            /** Idle */
            idle: number;
            /** Looping */
            looping: number;
            /** Waiting */
            waiting: number;
            /** Wedged */
            wedged: number;
            /** Working */
            working: number;
        };
        /**
         * Suggestion
         * @description One way to go on typing.
         */
        Suggestion: {
            /**
             * Count
             * @description how often the value occurs; null for fields and operators
             */
            count: number | null;
            /**
             * Detail
             * @description what it means
             */
            detail: string;
            /**
             * Kind
             * @enum {string}
             */
            kind: "field" | "value" | "operator";
            /**
             * Text
             * @description what replaces the text between `start` and `end`
             */
            text: string;
        };
        /**
         * Tenants
         * @description Whose data the caller may look at.
         */
        Tenants: {
            /**
             * Items
             * @description all of the install for admins of the default tenant, else the own one
             */
            items: string[];
            /**
             * Own
             * @description tenant of the credential
             */
            own: string;
        };
        /**
         * TextColumn
         * @description Texts, each distinct one once.
         */
        TextColumn: {
            /**
             * At
             * @description row by row: which of `values`
             */
            at: number[];
            /** Values */
            values: string[];
        };
        /**
         * Threat
         * @description What is held against one event.
         */
        Threat: {
            /** Confidence */
            confidence: number;
            /** Family */
            family: string;
            /** Kind */
            kind: string;
            /** Message */
            message: string;
            /**
             * Place
             * @description index of the event in the call
             */
            place: number;
            /**
             * Severity
             * @enum {string}
             */
            severity: "info" | "low" | "medium" | "high" | "critical";
        };
        /**
         * Threshold
         * @description What it takes for the same subject, kind and signal to be reported again.
         */
        Threshold: {
            /**
             * Decades
             * @description the same must be 10^decades times rarer than at first; below 0: less rare
             */
            decades: number;
            /**
             * Moves
             * @description whether what people say moves it; not of what no detector here judges
             */
            moves: boolean;
            /** Said False */
            said_false: number;
            /**
             * Said True
             * @description findings of the same of which people said that they were true
             */
            said_true: number;
        };
        /**
         * Trace
         * @description One whole trace.
         */
        Trace: {
            /** @description the spans where the trace is large and columns were asked for */
            columns: components["schemas"]["SpanColumns"] | null;
            /**
             * Critical Path
             * @description by time, without overlap; times in which nothing ran are left out
             */
            critical_path: components["schemas"]["CriticalStep"][];
            /**
             * Detailed
             * @description false: it has more spans than `details`, so they come without attributes, events, links and messages
             */
            detailed: boolean;
            /**
             * Resources
             * @description resource attributes by resource id
             */
            resources: {
                [key: string]: {
                    [key: string]: components["schemas"]["JsonValue"];
                };
            };
            /**
             * Spans
             * @description parents before children, siblings by start time
             */
            spans: components["schemas"]["Span"][];
            summary: components["schemas"]["TraceRow"];
            /**
             * Truncated
             * @description true: the trace has more spans than the limit; the earliest are given
             */
            truncated: boolean;
        };
        /**
         * TraceRow
         * @description A trace in one line.
         */
        TraceRow: {
            /**
             * Agent
             * @description agent of that span
             */
            agent: string;
            /**
             * Agents
             * @description distinct agent ids, at most 50
             */
            agents: string[];
            /**
             * Asked
             * @description in lists that ask for it: the first words that a user said in it, at most 200 characters; else empty
             */
            asked: string;
            /**
             * Cost Usd
             * @description US dollars
             */
            cost_usd: number;
            /**
             * Duration Ns
             * @description nanoseconds
             */
            duration_ns: number;
            /**
             * Errors
             * @description spans with status error
             */
            errors: number;
            /** Input Tokens */
            input_tokens: number;
            /**
             * Matched
             * @description spans of it that match the search; 0 where nothing was searched for
             */
            matched: number;
            /**
             * Matched Time
             * @description start of its newest matching span, of the oldest where sorted by time, ascending: such lists go by it
             * @example 2026-01-31T12:00:00.123456789Z
             */
            matched_time: string;
            /**
             * Models
             * @description distinct models, at most 50
             */
            models: string[];
            /**
             * Name
             * @description name of the root span (of the earliest span when there is no root)
             */
            name: string;
            /** Output Tokens */
            output_tokens: number;
            /**
             * Pending
             * @description spans that have not ended
             */
            pending: number;
            /**
             * Rooted
             * @description whether its root span has come: of a young trace without it more may follow
             */
            rooted: boolean;
            /**
             * Service
             * @description service of that span
             */
            service: string;
            /**
             * Services
             * @description distinct services, at most 50
             */
            services: string[];
            /** Session */
            session: string;
            /** Spans */
            spans: number;
            /**
             * Start Time
             * @description RFC 3339, UTC, nanoseconds
             * @example 2026-01-31T12:00:00.123456789Z
             */
            start_time: string;
            /**
             * Trace Id
             * @description 32 hex digits
             * @example 4bf92f3577b34da6a3ce929d0e0e4736
             */
            trace_id: string;
            /**
             * Unpriced
             * @description models that used tokens of which no price is known, at most 5: what they cost is not in `cost_usd`
             */
            unpriced: string[];
            /** Workflow */
            workflow: string;
        };
        /**
         * Traces
         * @description A page of a trace search.
         */
        Traces: {
            /** Items */
            items: components["schemas"]["TraceRow"][];
            /**
             * Next
             * @description pass as `cursor` for the next page; null: there is none
             */
            next: string | null;
            window: components["schemas"]["Window"];
        };
        /**
         * Trend
         * @description One signal over time.
         */
        Trend: {
            /**
             * Direction
             * @description steady: the fitted change over the window is below 10 % of the mean, or below two standard errors
             * @enum {string}
             */
            direction: "rising" | "falling" | "steady" | "unknown";
            /** Labels */
            labels: {
                [key: string]: string;
            };
            /** Last */
            last: number | null;
            /** Maximum */
            maximum: number | null;
            /** Mean */
            mean: number | null;
            /** Minimum */
            minimum: number | null;
            /** Signal */
            signal: string;
            /**
             * Slope Per Hour
             * @description least squares over the buckets, in the unit per hour
             */
            slope_per_hour: number | null;
            /** Unit */
            unit: string;
            /**
             * Values
             * @description per bucket; null: nothing was reported
             */
            values: (number | null)[];
        };
        /**
         * Trends
         * @description Signals of one agent over time.
         */
        Trends: {
            /** Agent */
            agent: string;
            /** Step Ms */
            step_ms: number;
            /**
             * Times Ms
             * @description Unix milliseconds, start of each bucket, ascending
             */
            times_ms: number[];
            /** Trends */
            trends: components["schemas"]["Trend"][];
            window: components["schemas"]["Window"];
        };
        /**
         * Trial
         * @description A text to try the rules on.
         */
        Trial: {
            /**
             * Attribute
             * @description as the value of this attribute, whose name may say that it is a secret
             * @default
             */
            attribute: string;
            /**
             * Custom
             * @description own rules to apply; null: those in force
             */
            custom?: {
                [key: string]: string;
            } | null;
            /**
             * Rules
             * @description built-in rules to apply; null: those in force
             */
            rules?: string[] | null;
            /** Text */
            text: string;
        };
        /**
         * Tried
         * @description What would be stored, and how often each rule removed something.
         */
        Tried: {
            /** Parts */
            parts: components["schemas"]["Part"][];
            /** Removed */
            removed: {
                [key: string]: number;
            };
        };
        /**
         * Turn
         * @description One trace of a session.
         */
        Turn: {
            /** Agent */
            agent: string;
            /**
             * Cost Usd
             * @description US dollars
             */
            cost_usd: number;
            /**
             * Duration Ns
             * @description nanoseconds
             */
            duration_ns: number;
            /** Errors */
            errors: number;
            /**
             * Index
             * @description 0: the first
             */
            index: number;
            /** Input Tokens */
            input_tokens: number;
            /** Name */
            name: string;
            /** Output Tokens */
            output_tokens: number;
            /** Spans */
            spans: number;
            /**
             * Start Time
             * @description RFC 3339, UTC, nanoseconds
             * @example 2026-01-31T12:00:00.123456789Z
             */
            start_time: string;
            /**
             * Trace Id
             * @description 32 hex digits
             * @example 4bf92f3577b34da6a3ce929d0e0e4736
             */
            trace_id: string;
            /**
             * Unpriced
             * @description models that used tokens of which no price is known, at most 5: what they cost is not in `cost_usd`
             */
            unpriced: string[];
            /**
             * Wait Ns
             * @description from the end of the turn before
             */
            wait_ns: number;
        };
        /**
         * Used
         * @description Something that an agent used, in the window.
         */
        Used: {
            /**
             * Cost Usd
             * @description US dollars
             */
            cost_usd: number;
            /** Count */
            count: number;
            /** Errors */
            errors: number;
            /** Name */
            name: string;
            /**
             * Unpriced
             * @description models that used tokens of which no price is known, at most 5: what they cost is not in `cost_usd`
             */
            unpriced: string[];
        };
        /**
         * User
         * @description A person who logs in.
         */
        User: {
            /**
             * Created At S
             * @description seconds since the epoch; 0: never
             */
            created_at_s: number;
            /**
             * Disabled At S
             * @description seconds since the epoch; 0: never
             */
            disabled_at_s: number;
            /** Name */
            name: string;
            role: components["schemas"]["Role"];
            /**
             * Seen At S
             * @description seconds since the epoch; 0: never
             */
            seen_at_s: number;
            /** Tenant */
            tenant: string;
        };
        /**
         * UserChange
         * @description What shall be different; what is absent stays.
         */
        UserChange: {
            /**
             * Disabled
             * @description true ends the user's logins and refuses new ones
             */
            disabled?: boolean | null;
            /**
             * Password
             * @description a new one; ends the user's logins
             */
            password?: string | null;
            role?: components["schemas"]["UserRole"] | null;
        };
        /**
         * UserRole
         * @description The roles that a person may have: all but the one for programs that only write.
         * @enum {string}
         */
        UserRole: "viewer" | "editor" | "admin";
        /**
         * Users
         * @description By name.
         */
        Users: {
            /** Items */
            items: components["schemas"]["User"][];
        };
        /**
         * Utterance
         * @description A message of the conversation where it was first seen.
         */
        Utterance: {
            /** Agent */
            agent: string;
            /**
             * Direction
             * @enum {string}
             */
            direction: "system" | "input" | "output" | "tool" | "other";
            /**
             * Hash
             * @description 16 hex digits; equal messages of one tenant have an equal hash
             */
            hash: string;
            /**
             * Key
             * @description the attribute that carried it, e.g. gen_ai.input.messages
             */
            key: string;
            /**
             * Missing
             * @description true: the text was erased or has expired
             */
            missing: boolean;
            /** Model */
            model: string;
            /**
             * Raw
             * @description exactly what was stored (after redaction), often JSON; where calls of tools came in attributes of their own: the whole message as JSON
             */
            raw: string;
            /**
             * Repeats
             * @description true: it says only what other messages of the span say, in the form in which it was sent
             */
            repeats: boolean;
            /**
             * Role
             * @description user, assistant, system, tool …; empty where the sender does not say
             */
            role: string;
            /**
             * Setting
             * @description true: what the model was given to work with, no part of the conversation
             */
            setting: boolean;
            /**
             * Span Id
             * @description 16 hex digits
             * @example 00f067aa0ba902b7
             */
            span_id: string;
            /**
             * Text
             * @description the readable content
             */
            text: string;
            /**
             * Time
             * @description RFC 3339, UTC, nanoseconds
             * @example 2026-01-31T12:00:00.123456789Z
             */
            time: string;
            /**
             * Tool
             * @description the tool whose span said it; empty: none
             */
            tool: string;
            /**
             * Trace Id
             * @description 32 hex digits
             * @example 4bf92f3577b34da6a3ce929d0e0e4736
             */
            trace_id: string;
            /** Turn */
            turn: number;
        };
        /**
         * ValueDifference
         * @description How often one value of a field occurs on either side.
         */
        ValueDifference: {
            /**
             * Certain
             * @description the end of the confidence interval of the difference that is nearer to zero; 0: it can be chance. 95 % over all values together, a trace being one witness
             */
            certain: number;
            /**
             * Difference
             * @description selected_share less rest_share
             */
            difference: number;
            /**
             * Rest
             * @description other spans with this value
             */
            rest: number;
            /**
             * Rest Share
             * @description 0–1 of the rest
             */
            rest_share: number;
            /**
             * Selected
             * @description selected spans with this value, of those that were looked at
             */
            selected: number;
            /**
             * Selected Share
             * @description 0–1 of the selected spans
             */
            selected_share: number;
            /** Value */
            value: string;
        };
        /**
         * Variable
         * @description A name that queries use as `$name`, and where its values come from.
         */
        Variable: {
            /**
             * Label
             * @description its values are offered; empty: those in `values`
             * @default
             */
            label: string;
            /**
             * Metric
             * @description a selector; its series have the label
             * @default
             */
            metric: string;
            /** Name */
            name: string;
            /**
             * Pattern
             * @description of the label's values only those that match, or their first group; empty: all
             * @default
             */
            pattern: string;
            /**
             * Value
             * @description chosen at first; empty: all
             * @default
             */
            value: string;
            /** Values */
            values: string[];
        };
        /**
         * Verdicts
         * @description What was found, worst last in time.
         */
        Verdicts: {
            /** Judged */
            judged: number;
            /** Threats */
            threats: components["schemas"]["Threat"][];
        };
        /**
         * Version
         * @description One version at work. Figures are per turn: the spans of an agent in one trace.
         */
        Version: {
            /**
             * Against
             * @description the version before, which `changes` compare with; null: there is none
             */
            against: string | null;
            /** Agents */
            agents: number;
            /** Changes */
            changes: components["schemas"]["VersionChange"][];
            /**
             * Cost Usd
             * @description US dollars
             */
            cost_usd: number;
            /**
             * Duration P50 Ns
             * @description nanoseconds
             */
            duration_p50_ns: number;
            /**
             * Duration P95 Ns
             * @description nanoseconds
             */
            duration_p95_ns: number;
            /**
             * Failed Share
             * @description share of turns with a failed span, 0–1
             */
            failed_share: number;
            /**
             * First Time
             * @description when it was first seen, also before `window`: up to a day before its end, of a kind two hours
             * @example 2026-01-31T12:00:00.123456789Z
             */
            first_time: string;
            /**
             * Last Time
             * @description in `window`
             * @example 2026-01-31T12:00:00.123456789Z
             */
            last_time: string;
            /**
             * Spans
             * @description mean
             */
            spans: number;
            /**
             * Tokens
             * @description mean
             */
            tokens: number;
            /** Turns */
            turns: number;
            /**
             * Version
             * @description `service.version` of the resource; empty: not told
             */
            version: string;
        };
        /**
         * VersionChange
         * @description How a figure differs from the version before: shares by their difference, others by a part (0.1: 10 % more).
         */
        VersionChange: {
            /** Difference */
            difference: number;
            /**
             * Figure
             * @description per turn
             * @enum {string}
             */
            figure: "failed" | "duration" | "tokens" | "cost" | "spans";
            /** High */
            high: number;
            /**
             * Low
             * @description lower end of the confidence interval: 95 % for all figures together
             */
            low: number;
            /**
             * Verdict
             * @description same: may be chance; unknown: fewer than 8 witnesses
             * @enum {string}
             */
            verdict: "more" | "less" | "same" | "unknown";
        };
        /**
         * Versions
         * @description Versions side by side, newest first, at most 6.
         */
        Versions: {
            /** Items */
            items: components["schemas"]["Version"][];
            /**
             * Scope
             * @enum {string}
             */
            scope: "agent" | "kind";
            window: components["schemas"]["Window"];
        };
        /**
         * View
         * @description A saved view: where the page was and what it showed.
         */
        View: {
            /**
             * Name
             * @description what people call it
             */
            name: string;
            /**
             * Page
             * @description route of the page
             * @example /traces
             */
            page: string;
            /**
             * Search
             * @description what stood in the address
             */
            search: {
                [key: string]: components["schemas"]["JsonValue"];
            };
        };
        /**
         * Views
         * @description The saved views of a tenant, by name.
         */
        Views: {
            /** Items */
            items: components["schemas"]["View"][];
        };
        /**
         * Ways
         * @description How people can enter.
         */
        Ways: {
            /**
             * Key Demanded
             * @description whether nobody gets an answer without a credential
             */
            key_demanded: boolean;
            /**
             * Password
             * @description whether there are users
             */
            password: boolean;
        };
        /**
         * WhatIf
         * @description The stored token counts at another model's price.
         */
        WhatIf: {
            /**
             * Actual Usd
             * @description US dollars
             */
            actual_usd: number;
            /** Cached Usd */
            cached_usd: number | null;
            /** Complete */
            complete: boolean;
            /** Input Usd */
            input_usd: number;
            /** Items */
            items: components["schemas"]["WhatIfRow"][];
            /**
             * Matched
             * @description entry of the price table
             */
            matched: string;
            /** Model */
            model: string;
            /**
             * No Cache Usd
             * @description US dollars
             */
            no_cache_usd: number;
            /** Output Usd */
            output_usd: number;
            /**
             * Same Cache Usd
             * @description US dollars
             */
            same_cache_usd: number;
            window: components["schemas"]["Window"];
        };
        /**
         * WhatIfRow
         * @description What one model's work would cost with another.
         */
        WhatIfRow: {
            /**
             * Actual Usd
             * @description US dollars
             */
            actual_usd: number;
            /** Cached Tokens */
            cached_tokens: number;
            /** Input Tokens */
            input_tokens: number;
            /** Model */
            model: string;
            /**
             * No Cache Usd
             * @description cached tokens at the other's input price; null: left as it is
             */
            no_cache_usd: number | null;
            /** Operation */
            operation: string;
            /** Output Tokens */
            output_tokens: number;
            /**
             * Same Cache Usd
             * @description cached tokens at the other's cache price; null: left as it is
             */
            same_cache_usd: number | null;
            /** Spans */
            spans: number;
        };
        /**
         * Window
         * @description The time range that was looked at.
         */
        Window: {
            /**
             * End
             * @description RFC 3339, UTC, nanoseconds
             * @example 2026-01-31T12:00:00.123456789Z
             */
            end: string;
            /**
             * Start
             * @description RFC 3339, UTC, nanoseconds
             * @example 2026-01-31T12:00:00.123456789Z
             */
            start: string;
        };
        /**
         * Workflow
         * @description One workflow: its agents, its traces, its steps, and where the time went.
         */
        Workflow: {
            /** Agents */
            agents: components["schemas"]["WorkflowAgent"][];
            /**
             * Critical Agents
             * @description share of the critical paths of its traces, largest first
             */
            critical_agents: components["schemas"]["CriticalAgent"][];
            /**
             * Critical Ns
             * @description length of the critical paths of its traces
             */
            critical_ns: number;
            /**
             * Idle Ns
             * @description time in its traces in which no span ran
             */
            idle_ns: number;
            /**
             * Steps
             * @description the bottleneck first, at most 200
             */
            steps: components["schemas"]["WorkflowStep"][];
            summary: components["schemas"]["WorkflowRow"];
            /**
             * Traces
             * @description the newest, at most 200, by start time
             */
            traces: components["schemas"]["TraceRow"][];
        };
        /**
         * WorkflowAgent
         * @description What one agent did in a workflow.
         */
        WorkflowAgent: {
            /** Agent */
            agent: string;
            /**
             * Cost Usd
             * @description US dollars
             */
            cost_usd: number;
            /**
             * Duration Ns
             * @description sum of its spans' own time, without child spans
             */
            duration_ns: number;
            /** Errors */
            errors: number;
            /** Input Tokens */
            input_tokens: number;
            /** Output Tokens */
            output_tokens: number;
            /** Spans */
            spans: number;
        };
        /**
         * WorkflowFailure
         * @description Where a run of a workflow began to fail: of its spans that failed, the one that ended first.
         */
        WorkflowFailure: {
            /** Agent */
            agent: string;
            /**
             * Message
             * @description what the span says of it
             */
            message: string;
            /** Name */
            name: string;
            /** Span Id */
            span_id: string;
            /**
             * Start Time
             * @description RFC 3339, UTC, nanoseconds
             * @example 2026-01-31T12:00:00.123456789Z
             */
            start_time: string;
            /** Trace Id */
            trace_id: string;
        };
        /**
         * WorkflowRow
         * @description A workflow in one line; its figures are over whole runs: all spans of the traces in which one of its spans lies.
         */
        WorkflowRow: {
            /**
             * Agents
             * @description distinct agent ids, at most 50
             */
            agents: string[];
            /**
             * Cost Usd
             * @description US dollars
             */
            cost_usd: number;
            /**
             * Duration Ns
             * @description nanoseconds
             */
            duration_ns: number;
            /** Errors */
            errors: number;
            /** @description of the newest of its runs that failed */
            failure: components["schemas"]["WorkflowFailure"] | null;
            /** Input Tokens */
            input_tokens: number;
            /**
             * Last Time
             * @description end of its last span
             * @example 2026-01-31T12:00:00.123456789Z
             */
            last_time: string;
            /** Output Tokens */
            output_tokens: number;
            /** Spans */
            spans: number;
            /**
             * Start Time
             * @description RFC 3339, UTC, nanoseconds
             * @example 2026-01-31T12:00:00.123456789Z
             */
            start_time: string;
            /** Traces */
            traces: number;
            /**
             * Unpriced
             * @description models that used tokens of which no price is known, at most 5: what they cost is not in `cost_usd`
             */
            unpriced: string[];
            /** Workflow */
            workflow: string;
        };
        /**
         * Workflows
         * @description A page of workflows, newest first.
         */
        Workflows: {
            /** Items */
            items: components["schemas"]["WorkflowRow"][];
            /**
             * Next
             * @description pass as `cursor` for the next page; null: there is none
             */
            next: string | null;
            window: components["schemas"]["Window"];
        };
        /**
         * WorkflowStep
         * @description What the spans of one agent, name, operation, tool and model took over the traces of a workflow.
         */
        WorkflowStep: {
            /** Agent */
            agent: string;
            /**
             * Cost Usd
             * @description US dollars
             */
            cost_usd: number;
            /**
             * Critical Ns
             * @description its part of the critical paths
             */
            critical_ns: number;
            /**
             * Duration P50 Ns
             * @description nanoseconds
             */
            duration_p50_ns: number;
            /**
             * Duration P95 Ns
             * @description nanoseconds
             */
            duration_p95_ns: number;
            /** Errors */
            errors: number;
            /** Input Tokens */
            input_tokens: number;
            /** Model */
            model: string;
            /** Name */
            name: string;
            /** Operation */
            operation: string;
            /** Output Tokens */
            output_tokens: number;
            /**
             * Self Ns
             * @description sum of the time that no child span covers
             */
            self_ns: number;
            /**
             * Share
             * @description 0–1 of the critical paths
             */
            share: number;
            /** Spans */
            spans: number;
            /** Tool */
            tool: string;
            /**
             * Traces
             * @description traces in which the step occurs
             */
            traces: number;
            /**
             * Waiting Ns
             * @description sum of the time that child spans cover
             */
            waiting_ns: number;
        };
        /**
         * WouldSay
         * @description One thing that it would have said then.
         */
        WouldSay: {
            /** Confidence */
            confidence: number;
            /** Kind */
            kind: string;
            /** Participants */
            participants: string[];
            /**
             * Severity
             * @enum {string}
             */
            severity: "info" | "low" | "medium" | "high" | "critical";
            /** Subject */
            subject: string;
            /** Subject Kind */
            subject_kind: string;
            /**
             * Time
             * @description end of the window or batch that it looked at
             * @example 2026-01-31T12:00:00.123456789Z
             */
            time: string;
            /** Title */
            title: string;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    list_agents_api_v1_agents_get: {
        parameters: {
            query?: {
                /** @description `next` of the page before; empty: the first page */
                cursor?: string;
                /** @description only what comes from resources with this `deployment.environment.name`; metrics and SQL are not narrowed */
                environment?: string;
                /** @description comma-separated fields to count, e.g. state,kind,model */
                facets?: string;
                /** @description agents at most */
                limit?: number;
                order?: "asc" | "desc";
                /** @description filter language, see docs/search.md */
                q?: string;
                /** @description what comes first */
                sort?: "agent" | "name" | "state" | "since" | "last_seen" | "first_seen" | "spans" | "errors" | "error_ratio" | "latency_p95_ns" | "tokens" | "cost_usd" | "pending" | "pending_ns" | "health";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Agents"];
                };
            };
            /** @description the call cannot be understood; `position` tells where */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description no credential, or an unknown one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the credential's role does not allow it */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description larger than a limit allows */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description a parameter has the wrong type or is out of bounds */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description too busy; try again after `Retry-After` seconds */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the store is away; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
        };
    };
    one_agent_api_v1_agents__agent_id__get: {
        parameters: {
            query?: {
                /** @description as `start`; default: now */
                end?: string | null;
                /** @description only what comes from resources with this `deployment.environment.name`; metrics and SQL are not narrowed */
                environment?: string;
                /** @description RFC 3339, Unix time in s, ms or ns, or relative: `-15m`; default: an hour before `end` */
                start?: string | null;
            };
            header?: never;
            path: {
                /** @description agent id */
                agent_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Agent"];
                };
            };
            /** @description the call cannot be understood; `position` tells where */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description no credential, or an unknown one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the credential's role does not allow it */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description unknown to this tenant */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description larger than a limit allows */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description a parameter has the wrong type or is out of bounds */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description too busy; try again after `Retry-After` seconds */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the store is away; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
        };
    };
    agent_anomalies_api_v1_agents__agent_id__anomalies_get: {
        parameters: {
            query?: {
                /** @description `next` of the page before; empty: the first page */
                cursor?: string;
                /** @description as `start`; default: now */
                end?: string | null;
                /** @description only what comes from resources with this `deployment.environment.name`; metrics and SQL are not narrowed */
                environment?: string;
                /** @description items at most */
                limit?: number;
                /** @description RFC 3339, Unix time in s, ms or ns, or relative: `-15m`; default: an hour before `end` */
                start?: string | null;
            };
            header?: never;
            path: {
                /** @description agent id */
                agent_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Findings"];
                };
            };
            /** @description the call cannot be understood; `position` tells where */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description no credential, or an unknown one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the credential's role does not allow it */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description larger than a limit allows */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description a parameter has the wrong type or is out of bounds */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description too busy; try again after `Retry-After` seconds */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the store is away; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
        };
    };
    agent_band_api_v1_agents__agent_id__bands_get: {
        parameters: {
            query: {
                /** @description its name */
                signal: string;
            };
            header?: never;
            path: {
                /** @description agent id */
                agent_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Band"];
                };
            };
            /** @description the call cannot be understood; `position` tells where */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description no credential, or an unknown one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the credential's role does not allow it */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description unknown to this tenant */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description larger than a limit allows */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description a parameter has the wrong type or is out of bounds */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description too busy; try again after `Retry-After` seconds */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the store is away; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
        };
    };
    agent_heartbeat_api_v1_agents__agent_id__heartbeat_post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description agent id */
                agent_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Heartbeat"];
            };
        };
        responses: {
            /** @description Successful Response */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Receipt"];
                };
            };
            /** @description the call cannot be understood; `position` tells where */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description no credential, or an unknown one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the credential's role does not allow it */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description larger than a limit allows */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description a parameter has the wrong type or is out of bounds */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description too busy; try again after `Retry-After` seconds */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the store is away; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
        };
    };
    agent_metrics_api_v1_agents__agent_id__metrics_get: {
        parameters: {
            query?: {
                /** @description only what comes from resources with this `deployment.environment.name`; metrics and SQL are not narrowed */
                environment?: string;
            };
            header?: never;
            path: {
                /** @description agent id */
                agent_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Signals"];
                };
            };
            /** @description the call cannot be understood; `position` tells where */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description no credential, or an unknown one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the credential's role does not allow it */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description unknown to this tenant */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description larger than a limit allows */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description a parameter has the wrong type or is out of bounds */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description too busy; try again after `Retry-After` seconds */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the store is away; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
        };
    };
    report_metrics_api_v1_agents__agent_id__metrics_post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description agent id */
                agent_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["MetricsReport"];
            };
        };
        responses: {
            /** @description Successful Response */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Receipt"];
                };
            };
            /** @description the call cannot be understood; `position` tells where */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description no credential, or an unknown one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the credential's role does not allow it */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description larger than a limit allows */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description a parameter has the wrong type or is out of bounds */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description too busy; try again after `Retry-After` seconds */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the store is away; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
        };
    };
    agent_bands_api_v1_agents__agent_id__normal_get: {
        parameters: {
            query?: {
                /** @description as `start`; default: now */
                end?: string | null;
                /** @description only what comes from resources with this `deployment.environment.name`; metrics and SQL are not narrowed */
                environment?: string;
                /** @description RFC 3339, Unix time in s, ms or ns, or relative: `-15m`; default: an hour before `end` */
                start?: string | null;
            };
            header?: never;
            path: {
                /** @description agent id */
                agent_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Bands"];
                };
            };
            /** @description the call cannot be understood; `position` tells where */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description no credential, or an unknown one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the credential's role does not allow it */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description unknown to this tenant */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description larger than a limit allows */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description a parameter has the wrong type or is out of bounds */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description too busy; try again after `Retry-After` seconds */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the store is away; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
        };
    };
    register_agent_api_v1_agents__agent_id__register_post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description agent id */
                agent_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Registration"];
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Receipt"];
                };
            };
            /** @description the call cannot be understood; `position` tells where */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description no credential, or an unknown one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the credential's role does not allow it */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description larger than a limit allows */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description a parameter has the wrong type or is out of bounds */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description too busy; try again after `Retry-After` seconds */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the store is away; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
        };
    };
    agent_trends_api_v1_agents__agent_id__trends_get: {
        parameters: {
            query?: {
                /** @description time buckets at most */
                buckets?: number;
                /** @description as `start`; default: now */
                end?: string | null;
                /** @description only what comes from resources with this `deployment.environment.name`; metrics and SQL are not narrowed */
                environment?: string;
                /** @description comma-separated: built-in signals or metric names; empty: the built-in ones */
                signal?: string;
                /** @description RFC 3339, Unix time in s, ms or ns, or relative: `-15m`; default: an hour before `end` */
                start?: string | null;
                /** @description width of a time bucket, e.g. `10s`; default: a round one */
                step?: string | null;
            };
            header?: never;
            path: {
                /** @description agent id */
                agent_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Trends"];
                };
            };
            /** @description the call cannot be understood; `position` tells where */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description no credential, or an unknown one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the credential's role does not allow it */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description unknown to this tenant */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description larger than a limit allows */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description a parameter has the wrong type or is out of bounds */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description too busy; try again after `Retry-After` seconds */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the store is away; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
        };
    };
    agent_versions_api_v1_agents__agent_id__versions_get: {
        parameters: {
            query?: {
                /** @description as `start`; default: now */
                end?: string | null;
                /** @description only what comes from resources with this `deployment.environment.name`; metrics and SQL are not narrowed */
                environment?: string;
                /** @description of this agent, or of all agents of its kind */
                scope?: "agent" | "kind";
                /** @description RFC 3339, Unix time in s, ms or ns, or relative: `-15m`; default: an hour before `end` */
                start?: string | null;
            };
            header?: never;
            path: {
                /** @description agent id */
                agent_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Versions"];
                };
            };
            /** @description the call cannot be understood; `position` tells where */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description no credential, or an unknown one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the credential's role does not allow it */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description larger than a limit allows */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description a parameter has the wrong type or is out of bounds */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description too busy; try again after `Retry-After` seconds */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the store is away; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
        };
    };
    list_anomalies_api_v1_anomalies_get: {
        parameters: {
            query?: {
                /** @description `next` of the page before; empty: the first page */
                cursor?: string;
                /** @description as `start`; default: now */
                end?: string | null;
                /** @description only what comes from resources with this `deployment.environment.name`; metrics and SQL are not narrowed */
                environment?: string;
                /** @description items at most */
                limit?: number;
                /** @description RFC 3339, Unix time in s, ms or ns, or relative: `-15m`; default: an hour before `end` */
                start?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Findings"];
                };
            };
            /** @description the call cannot be understood; `position` tells where */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description no credential, or an unknown one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the credential's role does not allow it */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description larger than a limit allows */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description a parameter has the wrong type or is out of bounds */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description too busy; try again after `Retry-After` seconds */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the store is away; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
        };
    };
    audit_api_v1_audit_get: {
        parameters: {
            query?: {
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Audit"];
                };
            };
            /** @description the call cannot be understood; `position` tells where */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description no credential, or an unknown one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the credential's role does not allow it */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description larger than a limit allows */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description a parameter has the wrong type or is out of bounds */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description too busy; try again after `Retry-After` seconds */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the store is away; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
        };
    };
    list_budgets_api_v1_budgets_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Budgets"];
                };
            };
            /** @description the call cannot be understood; `position` tells where */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description no credential, or an unknown one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the credential's role does not allow it */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description larger than a limit allows */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description a parameter has the wrong type or is out of bounds */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description too busy; try again after `Retry-After` seconds */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the store is away; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
        };
    };
    put_budget_api_v1_budgets__name__put: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description what people call it */
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewBudget"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BudgetState"];
                };
            };
            /** @description the call cannot be understood; `position` tells where */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description no credential, or an unknown one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the credential's role does not allow it */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description larger than a limit allows */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description a parameter has the wrong type or is out of bounds */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description too busy; try again after `Retry-After` seconds */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the store is away; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
        };
    };
    delete_budget_api_v1_budgets__name__delete: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description what people call it */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description the call cannot be understood; `position` tells where */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description no credential, or an unknown one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the credential's role does not allow it */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description larger than a limit allows */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description a parameter has the wrong type or is out of bounds */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description too busy; try again after `Retry-After` seconds */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the store is away; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
        };
    };
    connect_api_v1_connect_get: {
        parameters: {
            query?: {
                /** @description address of this install as agents see it; default: the one called */
                url?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Connect"];
                };
            };
            /** @description the call cannot be understood; `position` tells where */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description no credential, or an unknown one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the credential's role does not allow it */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description larger than a limit allows */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description a parameter has the wrong type or is out of bounds */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description too busy; try again after `Retry-After` seconds */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the store is away; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
        };
    };
    costs_api_v1_cost_get: {
        parameters: {
            query?: {
                by?: "agent" | "model" | "session" | "workflow" | "team" | "provider" | "service" | "operation";
                /** @description as `start`; default: now */
                end?: string | null;
                /** @description only what comes from resources with this `deployment.environment.name`; metrics and SQL are not narrowed */
                environment?: string;
                /** @description items at most */
                limit?: number;
                /** @description filter language, see docs/search.md */
                q?: string;
                /** @description RFC 3339, Unix time in s, ms or ns, or relative: `-15m`; default: an hour before `end` */
                start?: string | null;
                /** @description also over time, per bucket of this width */
                step?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Cost"];
                };
            };
            /** @description the call cannot be understood; `position` tells where */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description no credential, or an unknown one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the credential's role does not allow it */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description larger than a limit allows */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description a parameter has the wrong type or is out of bounds */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description too busy; try again after `Retry-After` seconds */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the store is away; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
        };
    };
    what_if_api_v1_cost_what_if_get: {
        parameters: {
            query: {
                /** @description as `start`; default: now */
                end?: string | null;
                /** @description only what comes from resources with this `deployment.environment.name`; metrics and SQL are not narrowed */
                environment?: string;
                /** @description the other model, priced as a span of it would be */
                model: string;
                /** @description filter language, see docs/search.md */
                q?: string;
                /** @description RFC 3339, Unix time in s, ms or ns, or relative: `-15m`; default: an hour before `end` */
                start?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WhatIf"];
                };
            };
            /** @description the call cannot be understood; `position` tells where */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description no credential, or an unknown one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the credential's role does not allow it */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description larger than a limit allows */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description a parameter has the wrong type or is out of bounds */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description too busy; try again after `Retry-After` seconds */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the store is away; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
        };
    };
    list_dashboards_api_v1_dashboards_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Dashboards"];
                };
            };
            /** @description the call cannot be understood; `position` tells where */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description no credential, or an unknown one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the credential's role does not allow it */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description larger than a limit allows */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description a parameter has the wrong type or is out of bounds */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description too busy; try again after `Retry-After` seconds */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the store is away; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
        };
    };
    get_dashboard_api_v1_dashboards__name__get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description what people call it */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Dashboard"];
                };
            };
            /** @description the call cannot be understood; `position` tells where */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description no credential, or an unknown one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the credential's role does not allow it */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description unknown to this tenant */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description larger than a limit allows */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description a parameter has the wrong type or is out of bounds */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description too busy; try again after `Retry-After` seconds */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the store is away; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
        };
    };
    put_dashboard_api_v1_dashboards__name__put: {
        parameters: {
            query?: never;
            header?: {
                /** @description `ETag` of what was read: refused with 412 where it was changed since */
                "if-match"?: string | null;
                /** @description `*`: refused with 412 where there is one already */
                "if-none-match"?: string | null;
            };
            path: {
                /** @description what people call it */
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewDashboard"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Dashboard"];
                };
            };
            /** @description the call cannot be understood; `position` tells where */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description no credential, or an unknown one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the credential's role does not allow it */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description it was changed since it was read; see `If-Match` */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description larger than a limit allows */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description a parameter has the wrong type or is out of bounds */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description too busy; try again after `Retry-After` seconds */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the store is away; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
        };
    };
    delete_dashboard_api_v1_dashboards__name__delete: {
        parameters: {
            query?: never;
            header?: {
                /** @description `ETag` of what was read: refused with 412 where it was changed since */
                "if-match"?: string | null;
                /** @description `*`: refused with 412 where there is one already */
                "if-none-match"?: string | null;
            };
            path: {
                /** @description what people call it */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description the call cannot be understood; `position` tells where */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description no credential, or an unknown one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the credential's role does not allow it */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description it was changed since it was read; see `If-Match` */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description larger than a limit allows */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description a parameter has the wrong type or is out of bounds */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description too busy; try again after `Retry-After` seconds */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the store is away; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
        };
    };
    list_dead_letters_api_v1_dead_letters_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeadLetters"];
                };
            };
            /** @description the call cannot be understood; `position` tells where */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description no credential, or an unknown one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the credential's role does not allow it */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description larger than a limit allows */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description a parameter has the wrong type or is out of bounds */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description too busy; try again after `Retry-After` seconds */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the store is away; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
        };
    };
    dead_letter_api_v1_dead_letters__name__get: {
        parameters: {
            query?: {
                /** @description rows at most */
                limit?: number;
            };
            header?: never;
            path: {
                /** @description name of the letter */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeadRows"];
                };
            };
            /** @description the call cannot be understood; `position` tells where */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description no credential, or an unknown one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the credential's role does not allow it */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description unknown to this tenant */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description larger than a limit allows */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description a parameter has the wrong type or is out of bounds */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description too busy; try again after `Retry-After` seconds */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the store is away; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
        };
    };
    drop_api_v1_dead_letters__name__delete: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description name of the letter */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description the call cannot be understood; `position` tells where */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description no credential, or an unknown one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the credential's role does not allow it */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description unknown to this tenant */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description larger than a limit allows */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description a parameter has the wrong type or is out of bounds */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description too busy; try again after `Retry-After` seconds */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the store is away; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
        };
    };
    redrive_api_v1_dead_letters__name__redrive_post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description name of the letter */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Redriven"];
                };
            };
            /** @description the call cannot be understood; `position` tells where */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description no credential, or an unknown one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the credential's role does not allow it */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description unknown to this tenant */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the store refuses its rows still; the letter stays */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description larger than a limit allows */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description a parameter has the wrong type or is out of bounds */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description too busy; try again after `Retry-After` seconds */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the store is away; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
        };
    };
    detect_now_api_v1_detect__agent_id__post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description agent id */
                agent_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Detection"];
                };
            };
            /** @description the call cannot be understood; `position` tells where */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description no credential, or an unknown one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the credential's role does not allow it */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description unknown to this tenant */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description larger than a limit allows */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description a parameter has the wrong type or is out of bounds */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description too busy; try again after `Retry-After` seconds */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the store is away; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
        };
    };
    list_detectors_api_v1_detectors_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Detectors"];
                };
            };
            /** @description the call cannot be understood; `position` tells where */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description no credential, or an unknown one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the credential's role does not allow it */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description larger than a limit allows */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description a parameter has the wrong type or is out of bounds */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description too busy; try again after `Retry-After` seconds */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the store is away; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
        };
    };
    replay_api_v1_detectors__name__replay_post: {
        parameters: {
            query?: {
                /** @description as `start`; default: now */
                end?: string | null;
                /** @description only what comes from resources with this `deployment.environment.name`; metrics and SQL are not narrowed */
                environment?: string;
                /** @description RFC 3339, Unix time in s, ms or ns, or relative: `-15m`; default: an hour before `end` */
                start?: string | null;
            };
            header?: never;
            path: {
                /** @description its name */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Replayed"];
                };
            };
            /** @description the call cannot be understood; `position` tells where */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description no credential, or an unknown one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the credential's role does not allow it */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description unknown to this tenant */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description larger than a limit allows */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description a parameter has the wrong type or is out of bounds */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description too busy; try again after `Retry-After` seconds */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the store is away; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
        };
    };
    analyse_api_v1_emergence_analyze_post: {
        parameters: {
            query?: {
                /** @description only what comes from resources with this `deployment.environment.name`; metrics and SQL are not narrowed */
                environment?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["EmergenceAsked"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EmergenceAnalysis"];
                };
            };
            /** @description the call cannot be understood; `position` tells where */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description no credential, or an unknown one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the credential's role does not allow it */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description larger than a limit allows */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description a parameter has the wrong type or is out of bounds */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description too busy; try again after `Retry-After` seconds */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the store is away; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
        };
    };
    list_events_api_v1_emergence_events_get: {
        parameters: {
            query?: {
                /** @description as `start`; default: now */
                end?: string | null;
                /** @description only what comes from resources with this `deployment.environment.name`; metrics and SQL are not narrowed */
                environment?: string;
                /** @description items at most */
                limit?: number;
                /** @description RFC 3339, Unix time in s, ms or ns, or relative: `-15m`; default: an hour before `end` */
                start?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EmergenceEvents"];
                };
            };
            /** @description the call cannot be understood; `position` tells where */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description no credential, or an unknown one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the credential's role does not allow it */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description larger than a limit allows */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description a parameter has the wrong type or is out of bounds */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description too busy; try again after `Retry-After` seconds */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the store is away; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
        };
    };
    list_indicators_api_v1_emergence_indicators_get: {
        parameters: {
            query?: {
                /** @description RFC 3339, Unix time or relative such as `-5m` */
                end?: string;
                /** @description only what comes from resources with this `deployment.environment.name`; metrics and SQL are not narrowed */
                environment?: string;
                /** @description length of the window in seconds */
                window_s?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EmergenceIndicators"];
                };
            };
            /** @description the call cannot be understood; `position` tells where */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description no credential, or an unknown one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the credential's role does not allow it */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description larger than a limit allows */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description a parameter has the wrong type or is out of bounds */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description too busy; try again after `Retry-After` seconds */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the store is away; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
        };
    };
    analyse_network_api_v1_emergence_network_analysis_get: {
        parameters: {
            query?: {
                /** @description also ask whether the communities are more than chance; costs most of the time */
                chance?: boolean;
                /** @description as `start`; default: now */
                end?: string | null;
                /** @description only what comes from resources with this `deployment.environment.name`; metrics and SQL are not narrowed */
                environment?: string;
                /** @description items at most */
                limit?: number;
                /** @description RFC 3339, Unix time in s, ms or ns, or relative: `-15m`; default: an hour before `end` */
                start?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NetworkAnalysis"];
                };
            };
            /** @description the call cannot be understood; `position` tells where */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description no credential, or an unknown one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the credential's role does not allow it */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description larger than a limit allows */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description a parameter has the wrong type or is out of bounds */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description too busy; try again after `Retry-After` seconds */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the store is away; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
        };
    };
    network_communities_api_v1_emergence_network_communities_get: {
        parameters: {
            query?: {
                /** @description as `start`; default: now */
                end?: string | null;
                /** @description only what comes from resources with this `deployment.environment.name`; metrics and SQL are not narrowed */
                environment?: string;
                /** @description RFC 3339, Unix time in s, ms or ns, or relative: `-15m`; default: an hour before `end` */
                start?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NetworkCommunities"];
                };
            };
            /** @description the call cannot be understood; `position` tells where */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description no credential, or an unknown one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the credential's role does not allow it */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description larger than a limit allows */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description a parameter has the wrong type or is out of bounds */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description too busy; try again after `Retry-After` seconds */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the store is away; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
        };
    };
    list_environments_api_v1_environments_get: {
        parameters: {
            query?: {
                /** @description only what comes from resources with this `deployment.environment.name`; metrics and SQL are not narrowed */
                environment?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Environments"];
                };
            };
            /** @description the call cannot be understood; `position` tells where */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description no credential, or an unknown one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the credential's role does not allow it */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description larger than a limit allows */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description a parameter has the wrong type or is out of bounds */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description too busy; try again after `Retry-After` seconds */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the store is away; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
        };
    };
    count_facets_api_v1_facets_get: {
        parameters: {
            query?: {
                /** @description as `start`; default: now */
                end?: string | null;
                /** @description only what comes from resources with this `deployment.environment.name`; metrics and SQL are not narrowed */
                environment?: string;
                /** @description comma-separated fields; empty: the usual ones */
                fields?: string;
                /** @description values per field at most */
                limit?: number;
                /** @description what is searched */
                noun?: "spans" | "logs";
                /** @description filter language, see docs/search.md */
                q?: string;
                /** @description RFC 3339, Unix time in s, ms or ns, or relative: `-15m`; default: an hour before `end` */
                start?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Facets"];
                };
            };
            /** @description the call cannot be understood; `position` tells where */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description no credential, or an unknown one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the credential's role does not allow it */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description larger than a limit allows */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description a parameter has the wrong type or is out of bounds */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description too busy; try again after `Retry-After` seconds */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the store is away; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
        };
    };
    list_rounds_api_v1_federated_rounds_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FederatedRounds"];
                };
            };
            /** @description the call cannot be understood; `position` tells where */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description no credential, or an unknown one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the credential's role does not allow it */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description larger than a limit allows */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description a parameter has the wrong type or is out of bounds */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description too busy; try again after `Retry-After` seconds */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the store is away; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
        };
    };
    begin_api_v1_federated_rounds_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewRound"];
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FederatedRound"];
                };
            };
            /** @description the call cannot be understood; `position` tells where */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description no credential, or an unknown one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the credential's role does not allow it */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description larger than a limit allows */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description a parameter has the wrong type or is out of bounds */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description too busy; try again after `Retry-After` seconds */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the store is away; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
        };
    };
    get_round_api_v1_federated_rounds__round_id__get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description id of the round */
                round_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FederatedRound"];
                };
            };
            /** @description the call cannot be understood; `position` tells where */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description no credential, or an unknown one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the credential's role does not allow it */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description unknown to this tenant */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description larger than a limit allows */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description a parameter has the wrong type or is out of bounds */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description too busy; try again after `Retry-After` seconds */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the store is away; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
        };
    };
    join_api_v1_federated_rounds__round_id__join_post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description id of the round */
                round_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Joining"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FederatedRound"];
                };
            };
            /** @description the call cannot be understood; `position` tells where */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description no credential, or an unknown one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the credential's role does not allow it */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description unknown to this tenant */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description larger than a limit allows */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description a parameter has the wrong type or is out of bounds */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description too busy; try again after `Retry-After` seconds */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the store is away; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
        };
    };
    share_api_v1_federated_rounds__round_id__share_post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description id of the round */
                round_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Sharing"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FederatedRound"];
                };
            };
            /** @description the call cannot be understood; `position` tells where */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description no credential, or an unknown one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the credential's role does not allow it */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description unknown to this tenant */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description larger than a limit allows */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description a parameter has the wrong type or is out of bounds */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description too busy; try again after `Retry-After` seconds */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the store is away; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
        };
    };
    own_values_api_v1_federated_values_get: {
        parameters: {
            query: {
                /** @description RFC 3339, Unix time or relative */
                end?: string;
                /** @description only what comes from resources with this `deployment.environment.name`; metrics and SQL are not narrowed */
                environment?: string;
                /** @description comma-separated */
                signals: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FederatedValues"];
                };
            };
            /** @description the call cannot be understood; `position` tells where */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description no credential, or an unknown one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the credential's role does not allow it */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description larger than a limit allows */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description a parameter has the wrong type or is out of bounds */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description too busy; try again after `Retry-After` seconds */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the store is away; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
        };
    };
    list_findings_api_v1_findings_get: {
        parameters: {
            query?: {
                /** @description `next` of the page before; empty: the first page */
                cursor?: string;
                /** @description comma-separated; empty: all */
                detector?: string;
                /** @description as `start`; default: now */
                end?: string | null;
                /** @description only what comes from resources with this `deployment.environment.name`; metrics and SQL are not narrowed */
                environment?: string;
                /** @description what people said: open, true, false; comma-separated; empty: all */
                feedback?: string;
                /** @description comma-separated; empty: all */
                kind?: string;
                /** @description items at most */
                limit?: number;
                /** @description part of title, subject or explanation */
                q?: string;
                /** @description comma-separated; empty: all */
                severity?: string;
                /** @description comma-separated; empty: all */
                signal?: string;
                /** @description RFC 3339, Unix time in s, ms or ns, or relative: `-15m`; default: an hour before `end` */
                start?: string | null;
                /** @description comma-separated; empty: all */
                subject?: string;
                /** @description comma-separated; empty: all */
                subject_kind?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Findings"];
                };
            };
            /** @description the call cannot be understood; `position` tells where */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description no credential, or an unknown one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the credential's role does not allow it */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description larger than a limit allows */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description a parameter has the wrong type or is out of bounds */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description too busy; try again after `Retry-After` seconds */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the store is away; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
        };
    };
    one_finding_api_v1_findings__finding_id__get: {
        parameters: {
            query?: {
                /** @description only what comes from resources with this `deployment.environment.name`; metrics and SQL are not narrowed */
                environment?: string;
            };
            header?: never;
            path: {
                /** @description finding id, 32 hex digits */
                finding_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Finding"];
                };
            };
            /** @description the call cannot be understood; `position` tells where */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description no credential, or an unknown one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the credential's role does not allow it */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description unknown to this tenant */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description larger than a limit allows */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description a parameter has the wrong type or is out of bounds */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description too busy; try again after `Retry-After` seconds */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the store is away; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
        };
    };
    give_feedback_api_v1_findings__finding_id__feedback_post: {
        parameters: {
            query?: {
                /** @description only what comes from resources with this `deployment.environment.name`; metrics and SQL are not narrowed */
                environment?: string;
            };
            header?: never;
            path: {
                /** @description finding id, 32 hex digits */
                finding_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Feedback"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Said"];
                };
            };
            /** @description the call cannot be understood; `position` tells where */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description no credential, or an unknown one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the credential's role does not allow it */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description unknown to this tenant */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description larger than a limit allows */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description a parameter has the wrong type or is out of bounds */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description too busy; try again after `Retry-After` seconds */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the store is away; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
        };
    };
    count_findings_api_v1_findings_counts_get: {
        parameters: {
            query?: {
                /** @description as `start`; default: now */
                end?: string | null;
                /** @description only what comes from resources with this `deployment.environment.name`; metrics and SQL are not narrowed */
                environment?: string;
                /** @description RFC 3339, Unix time in s, ms or ns, or relative: `-15m`; default: an hour before `end` */
                start?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FindingCounts"];
                };
            };
            /** @description the call cannot be understood; `position` tells where */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description no credential, or an unknown one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the credential's role does not allow it */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description larger than a limit allows */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description a parameter has the wrong type or is out of bounds */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description too busy; try again after `Retry-After` seconds */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the store is away; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
        };
    };
    group_findings_api_v1_findings_groups_get: {
        parameters: {
            query?: {
                /** @description `next` of the page before; empty: the first page */
                cursor?: string;
                /** @description comma-separated; empty: all */
                detector?: string;
                /** @description as `start`; default: now */
                end?: string | null;
                /** @description only what comes from resources with this `deployment.environment.name`; metrics and SQL are not narrowed */
                environment?: string;
                /** @description what people said: open, true, false; comma-separated; empty: all */
                feedback?: string;
                /** @description comma-separated; empty: all */
                kind?: string;
                /** @description items at most */
                limit?: number;
                /** @description part of title, subject or explanation */
                q?: string;
                /** @description comma-separated; empty: all */
                severity?: string;
                /** @description comma-separated; empty: all */
                signal?: string;
                /** @description RFC 3339, Unix time in s, ms or ns, or relative: `-15m`; default: an hour before `end` */
                start?: string | null;
                /** @description comma-separated; empty: all */
                subject?: string;
                /** @description comma-separated; empty: all */
                subject_kind?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FindingGroups"];
                };
            };
            /** @description the call cannot be understood; `position` tells where */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description no credential, or an unknown one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the credential's role does not allow it */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description larger than a limit allows */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description a parameter has the wrong type or is out of bounds */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description too busy; try again after `Retry-After` seconds */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the store is away; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
        };
    };
    summarise_findings_api_v1_findings_summary_get: {
        parameters: {
            query?: {
                /** @description time buckets at most */
                buckets?: number;
                /** @description comma-separated; empty: all */
                detector?: string;
                /** @description as `start`; default: now */
                end?: string | null;
                /** @description only what comes from resources with this `deployment.environment.name`; metrics and SQL are not narrowed */
                environment?: string;
                /** @description what people said: open, true, false; comma-separated; empty: all */
                feedback?: string;
                /** @description comma-separated; empty: all */
                kind?: string;
                /** @description part of title, subject or explanation */
                q?: string;
                /** @description comma-separated; empty: all */
                severity?: string;
                /** @description comma-separated; empty: all */
                signal?: string;
                /** @description RFC 3339, Unix time in s, ms or ns, or relative: `-15m`; default: an hour before `end` */
                start?: string | null;
                /** @description comma-separated; empty: all */
                subject?: string;
                /** @description comma-separated; empty: all */
                subject_kind?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FindingSummary"];
                };
            };
            /** @description the call cannot be understood; `position` tells where */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description no credential, or an unknown one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the credential's role does not allow it */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description larger than a limit allows */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description a parameter has the wrong type or is out of bounds */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description too busy; try again after `Retry-After` seconds */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the store is away; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
        };
    };
    fleet_api_v1_fleet_get: {
        parameters: {
            query?: {
                /** @description only what comes from resources with this `deployment.environment.name`; metrics and SQL are not narrowed */
                environment?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fleet"];
                };
            };
            /** @description the call cannot be understood; `position` tells where */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description no credential, or an unknown one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the credential's role does not allow it */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description larger than a limit allows */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description a parameter has the wrong type or is out of bounds */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description too busy; try again after `Retry-After` seconds */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the store is away; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
        };
    };
    fleet_activity_api_v1_fleet_activity_get: {
        parameters: {
            query?: {
                /** @description only what comes from resources with this `deployment.environment.name`; metrics and SQL are not narrowed */
                environment?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FleetActivity"];
                };
            };
            /** @description the call cannot be understood; `position` tells where */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description no credential, or an unknown one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the credential's role does not allow it */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description larger than a limit allows */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description a parameter has the wrong type or is out of bounds */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description too busy; try again after `Retry-After` seconds */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the store is away; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
        };
    };
    fleet_columns_api_v1_fleet_columns_get: {
        parameters: {
            query?: {
                /** @description only what comes from resources with this `deployment.environment.name`; metrics and SQL are not narrowed */
                environment?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FleetColumns"];
                };
            };
            /** @description the call cannot be understood; `position` tells where */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description no credential, or an unknown one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the credential's role does not allow it */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description larger than a limit allows */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description a parameter has the wrong type or is out of bounds */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description too busy; try again after `Retry-After` seconds */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the store is away; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
        };
    };
    signal_forecast_api_v1_forecasts_get: {
        parameters: {
            query?: {
                /** @description agent id; empty: the whole fleet */
                agent?: string;
                /** @description only what comes from resources with this `deployment.environment.name`; metrics and SQL are not narrowed */
                environment?: string;
                /** @description how far, 10s to 3d */
                horizon?: string;
                /** @description share of values that the interval should hold */
                level?: number;
                /** @description what is forecast is the mean over so long, 10s to 1h; empty: of each step */
                over?: string;
                /** @description its name, e.g. latency_p95, cost_rate */
                signal?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SignalForecast"];
                };
            };
            /** @description the call cannot be understood; `position` tells where */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description no credential, or an unknown one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the credential's role does not allow it */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description unknown to this tenant */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description larger than a limit allows */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description a parameter has the wrong type or is out of bounds */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description too busy; try again after `Retry-After` seconds */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the store is away; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
        };
    };
    agent_graph_api_v1_graph_agents_get: {
        parameters: {
            query?: {
                /** @description only the edges of this agent */
                agent?: string;
                /** @description as `start`; default: now */
                end?: string | null;
                /** @description only what comes from resources with this `deployment.environment.name`; metrics and SQL are not narrowed */
                environment?: string;
                /** @description edges at most */
                limit?: number;
                /** @description RFC 3339, Unix time in s, ms or ns, or relative: `-15m`; default: an hour before `end` */
                start?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Graph"];
                };
            };
            /** @description the call cannot be understood; `position` tells where */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description no credential, or an unknown one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the credential's role does not allow it */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description larger than a limit allows */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description a parameter has the wrong type or is out of bounds */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description too busy; try again after `Retry-After` seconds */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the store is away; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
        };
    };
    service_graph_api_v1_graph_services_get: {
        parameters: {
            query?: {
                /** @description as `start`; default: now */
                end?: string | null;
                /** @description only what comes from resources with this `deployment.environment.name`; metrics and SQL are not narrowed */
                environment?: string;
                /** @description edges at most */
                limit?: number;
                /** @description RFC 3339, Unix time in s, ms or ns, or relative: `-15m`; default: an hour before `end` */
                start?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Graph"];
                };
            };
            /** @description the call cannot be understood; `position` tells where */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description no credential, or an unknown one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the credential's role does not allow it */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description larger than a limit allows */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description a parameter has the wrong type or is out of bounds */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description too busy; try again after `Retry-After` seconds */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the store is away; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
        };
    };
    health_api_v1_health_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Health"];
                };
            };
            /** @description the call cannot be understood; `position` tells where */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description no credential, or an unknown one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the credential's role does not allow it */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description larger than a limit allows */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description a parameter has the wrong type or is out of bounds */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description too busy; try again after `Retry-After` seconds */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the store is away; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
        };
    };
    history_api_v1_health_history_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SelfHistory"];
                };
            };
            /** @description the call cannot be understood; `position` tells where */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description no credential, or an unknown one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the credential's role does not allow it */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description larger than a limit allows */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description a parameter has the wrong type or is out of bounds */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description too busy; try again after `Retry-After` seconds */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the store is away; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
        };
    };
    ready_api_v1_health_ready_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Readiness"];
                };
            };
            /** @description the call cannot be understood; `position` tells where */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description no credential, or an unknown one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the credential's role does not allow it */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description larger than a limit allows */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description a parameter has the wrong type or is out of bounds */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description too busy; try again after `Retry-After` seconds */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Readiness"];
                };
            };
        };
    };
    list_keys_api_v1_keys_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Keys"];
                };
            };
            /** @description the call cannot be understood; `position` tells where */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description no credential, or an unknown one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the credential's role does not allow it */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description larger than a limit allows */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description a parameter has the wrong type or is out of bounds */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description too busy; try again after `Retry-After` seconds */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the store is away; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
        };
    };
    create_key_api_v1_keys_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewKey"];
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MadeKey"];
                };
            };
            /** @description the call cannot be understood; `position` tells where */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description no credential, or an unknown one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the credential's role does not allow it */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description larger than a limit allows */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description a parameter has the wrong type or is out of bounds */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description too busy; try again after `Retry-After` seconds */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the store is away; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
        };
    };
    revoke_key_api_v1_keys__key_id__delete: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description id of the key */
                key_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description the call cannot be understood; `position` tells where */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description no credential, or an unknown one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the credential's role does not allow it */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description unknown to this tenant */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description larger than a limit allows */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description a parameter has the wrong type or is out of bounds */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description too busy; try again after `Retry-After` seconds */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the store is away; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
        };
    };
    ways_api_v1_login_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Ways"];
                };
            };
            /** @description the call cannot be understood; `position` tells where */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description no credential, or an unknown one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the credential's role does not allow it */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description larger than a limit allows */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description a parameter has the wrong type or is out of bounds */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description too busy; try again after `Retry-After` seconds */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the store is away; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
        };
    };
    login_api_v1_login_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Credentials"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["User"];
                };
            };
            /** @description the call cannot be understood; `position` tells where */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description no credential, or an unknown one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the credential's role does not allow it */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description larger than a limit allows */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description a parameter has the wrong type or is out of bounds */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description too busy; try again after `Retry-After` seconds */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the store is away; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
        };
    };
    logout_api_v1_logout_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description the call cannot be understood; `position` tells where */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description no credential, or an unknown one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the credential's role does not allow it */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description larger than a limit allows */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description a parameter has the wrong type or is out of bounds */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description too busy; try again after `Retry-After` seconds */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the store is away; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
        };
    };
    search_logs_api_v1_logs_get: {
        parameters: {
            query?: {
                /** @description `next` of the page before; empty: the first page */
                cursor?: string;
                /** @description as `start`; default: now */
                end?: string | null;
                /** @description only what comes from resources with this `deployment.environment.name`; metrics and SQL are not narrowed */
                environment?: string;
                /** @description items at most */
                limit?: number;
                order?: "asc" | "desc";
                /** @description filter language, see docs/search.md */
                q?: string;
                /** @description RFC 3339, Unix time in s, ms or ns, or relative: `-15m`; default: an hour before `end` */
                start?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Logs"];
                };
            };
            /** @description the call cannot be understood; `position` tells where */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description no credential, or an unknown one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the credential's role does not allow it */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description larger than a limit allows */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description a parameter has the wrong type or is out of bounds */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description too busy; try again after `Retry-After` seconds */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the store is away; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
        };
    };
    log_context_api_v1_logs_context_get: {
        parameters: {
            query: {
                after?: number;
                before?: number;
                /** @description only what comes from resources with this `deployment.environment.name`; metrics and SQL are not narrowed */
                environment?: string;
                /** @description `id` of the record */
                id: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LogContext"];
                };
            };
            /** @description the call cannot be understood; `position` tells where */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description no credential, or an unknown one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the credential's role does not allow it */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description unknown to this tenant */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description larger than a limit allows */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description a parameter has the wrong type or is out of bounds */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description too busy; try again after `Retry-After` seconds */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the store is away; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
        };
    };
    log_histogram_api_v1_logs_histogram_get: {
        parameters: {
            query?: {
                /** @description time buckets at most */
                buckets?: number;
                /** @description as `start`; default: now */
                end?: string | null;
                /** @description only what comes from resources with this `deployment.environment.name`; metrics and SQL are not narrowed */
                environment?: string;
                /** @description filter language, see docs/search.md */
                q?: string;
                /** @description RFC 3339, Unix time in s, ms or ns, or relative: `-15m`; default: an hour before `end` */
                start?: string | null;
                /** @description width of a time bucket, e.g. `10s`; default: a round one */
                step?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LogHistogram"];
                };
            };
            /** @description the call cannot be understood; `position` tells where */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description no credential, or an unknown one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the credential's role does not allow it */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description larger than a limit allows */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description a parameter has the wrong type or is out of bounds */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description too busy; try again after `Retry-After` seconds */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the store is away; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
        };
    };
    tail_logs_api_v1_logs_tail_get: {
        parameters: {
            query?: {
                /** @description `cursor` of the answer before; empty: the newest */
                after?: string;
                /** @description only what comes from resources with this `deployment.environment.name`; metrics and SQL are not narrowed */
                environment?: string;
                /** @description items at most */
                limit?: number;
                /** @description filter language, see docs/search.md */
                q?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LogTail"];
                };
            };
            /** @description the call cannot be understood; `position` tells where */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description no credential, or an unknown one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the credential's role does not allow it */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description larger than a limit allows */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description a parameter has the wrong type or is out of bounds */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description too busy; try again after `Retry-After` seconds */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the store is away; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
        };
    };
    templates_api_v1_logs_templates_get: {
        parameters: {
            query?: {
                /** @description time buckets of the trend at most */
                buckets?: number;
                /** @description only of this class; `none`: of no class */
                class?: "" | "prompt" | "tool_error" | "refusal" | "rate_limit" | "context_overflow" | "timeout" | "cost" | "none";
                /** @description as `start`; default: now */
                end?: string | null;
                /** @description only what comes from resources with this `deployment.environment.name`; metrics and SQL are not narrowed */
                environment?: string;
                /** @description templates at most */
                limit?: number;
                /** @description filter language, see docs/search.md */
                q?: string;
                /** @description RFC 3339, Unix time in s, ms or ns, or relative: `-15m`; default: an hour before `end` */
                start?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LogTemplates"];
                };
            };
            /** @description the call cannot be understood; `position` tells where */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description no credential, or an unknown one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the credential's role does not allow it */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description larger than a limit allows */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description a parameter has the wrong type or is out of bounds */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description too busy; try again after `Retry-After` seconds */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the store is away; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
        };
    };
    me_api_v1_me_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Me"];
                };
            };
            /** @description the call cannot be understood; `position` tells where */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description no credential, or an unknown one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the credential's role does not allow it */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description larger than a limit allows */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description a parameter has the wrong type or is out of bounds */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description too busy; try again after `Retry-After` seconds */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the store is away; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
        };
    };
    new_password_api_v1_me_password_put: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewPassword"];
            };
        };
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description the call cannot be understood; `position` tells where */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description no credential, or an unknown one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the credential's role does not allow it */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description larger than a limit allows */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description a parameter has the wrong type or is out of bounds */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description too busy; try again after `Retry-After` seconds */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the store is away; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
        };
    };
    self_metrics_api_v1_metrics_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SelfMetrics"];
                };
            };
            /** @description the call cannot be understood; `position` tells where */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description no credential, or an unknown one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the credential's role does not allow it */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description larger than a limit allows */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description a parameter has the wrong type or is out of bounds */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description too busy; try again after `Retry-After` seconds */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the store is away; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
        };
    };
    metric_names_api_v1_metrics_names_get: {
        parameters: {
            query?: {
                /** @description only what comes from resources with this `deployment.environment.name`; metrics and SQL are not narrowed */
                environment?: string;
                /** @description items at most */
                limit?: number;
                q?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MetricNames"];
                };
            };
            /** @description the call cannot be understood; `position` tells where */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description no credential, or an unknown one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the credential's role does not allow it */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description larger than a limit allows */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description a parameter has the wrong type or is out of bounds */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description too busy; try again after `Retry-After` seconds */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the store is away; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
        };
    };
    metric_range_api_v1_metrics_range_get: {
        parameters: {
            query: {
                /** @description as `start`; default: now */
                end?: string | null;
                /** @description only what comes from resources with this `deployment.environment.name`; metrics and SQL are not narrowed */
                environment?: string;
                /** @description samples per series at most */
                limit?: number;
                /** @description 32 hex digits, repeatable, at most 50 */
                series_id: string[];
                /** @description RFC 3339, Unix time in s, ms or ns, or relative: `-15m`; default: an hour before `end` */
                start?: string | null;
                /** @description average per step; absent: raw samples */
                step?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Ranges"];
                };
            };
            /** @description the call cannot be understood; `position` tells where */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description no credential, or an unknown one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the credential's role does not allow it */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description unknown to this tenant */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description larger than a limit allows */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description a parameter has the wrong type or is out of bounds */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description too busy; try again after `Retry-After` seconds */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the store is away; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
        };
    };
    list_series_api_v1_metrics_series_get: {
        parameters: {
            query?: {
                agent?: string;
                /** @description `next` of the page before; empty: the first page */
                cursor?: string;
                /** @description only what comes from resources with this `deployment.environment.name`; metrics and SQL are not narrowed */
                environment?: string;
                /** @description `key=value`, repeatable */
                label?: string[] | null;
                /** @description items at most */
                limit?: number;
                metric?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SeriesList"];
                };
            };
            /** @description the call cannot be understood; `position` tells where */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description no credential, or an unknown one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the credential's role does not allow it */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description larger than a limit allows */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description a parameter has the wrong type or is out of bounds */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description too busy; try again after `Retry-After` seconds */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the store is away; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
        };
    };
    plugins_api_v1_plugins_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Plugins"];
                };
            };
            /** @description the call cannot be understood; `position` tells where */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description no credential, or an unknown one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the credential's role does not allow it */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description larger than a limit allows */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description a parameter has the wrong type or is out of bounds */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description too busy; try again after `Retry-After` seconds */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the store is away; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
        };
    };
    get_prices_api_v1_prices_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Prices"];
                };
            };
            /** @description the call cannot be understood; `position` tells where */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description no credential, or an unknown one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the credential's role does not allow it */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description larger than a limit allows */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description a parameter has the wrong type or is out of bounds */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description too busy; try again after `Retry-After` seconds */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the store is away; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
        };
    };
    put_prices_api_v1_prices_put: {
        parameters: {
            query?: never;
            header?: {
                /** @description `ETag` of what was read: refused with 412 where it was changed since */
                "if-match"?: string | null;
                /** @description `*`: refused with 412 where there is one already */
                "if-none-match"?: string | null;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PriceUpdate"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Prices"];
                };
            };
            /** @description the call cannot be understood; `position` tells where */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description no credential, or an unknown one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the credential's role does not allow it */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description it was changed since it was read; see `If-Match` */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description larger than a limit allows */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description a parameter has the wrong type or is out of bounds */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description too busy; try again after `Retry-After` seconds */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the store is away; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
        };
    };
    get_redaction_api_v1_redaction_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Redaction"];
                };
            };
            /** @description the call cannot be understood; `position` tells where */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description no credential, or an unknown one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the credential's role does not allow it */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description larger than a limit allows */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description a parameter has the wrong type or is out of bounds */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description too busy; try again after `Retry-After` seconds */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the store is away; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
        };
    };
    try_redaction_api_v1_redaction_try_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Trial"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Tried"];
                };
            };
            /** @description the call cannot be understood; `position` tells where */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description no credential, or an unknown one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the credential's role does not allow it */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description larger than a limit allows */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description a parameter has the wrong type or is out of bounds */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description too busy; try again after `Retry-After` seconds */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the store is away; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
        };
    };
    resource_api_v1_resources__resource_id__get: {
        parameters: {
            query?: {
                /** @description only what comes from resources with this `deployment.environment.name`; metrics and SQL are not narrowed */
                environment?: string;
            };
            header?: never;
            path: {
                resource_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Resource"];
                };
            };
            /** @description the call cannot be understood; `position` tells where */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description no credential, or an unknown one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the credential's role does not allow it */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description unknown to this tenant */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description larger than a limit allows */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description a parameter has the wrong type or is out of bounds */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description too busy; try again after `Retry-After` seconds */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the store is away; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
        };
    };
    get_retention_api_v1_retention_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Retention"];
                };
            };
            /** @description the call cannot be understood; `position` tells where */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description no credential, or an unknown one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the credential's role does not allow it */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description larger than a limit allows */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description a parameter has the wrong type or is out of bounds */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description too busy; try again after `Retry-After` seconds */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the store is away; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
        };
    };
    put_retention_api_v1_retention_put: {
        parameters: {
            query?: never;
            header?: {
                /** @description `ETag` of what was read: refused with 412 where it was changed since */
                "if-match"?: string | null;
                /** @description `*`: refused with 412 where there is one already */
                "if-none-match"?: string | null;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RetentionChange"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Retention"];
                };
            };
            /** @description the call cannot be understood; `position` tells where */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description no credential, or an unknown one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the credential's role does not allow it */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description it was changed since it was read; see `If-Match` */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description larger than a limit allows */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description a parameter has the wrong type or is out of bounds */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description too busy; try again after `Retry-After` seconds */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the store is away; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
        };
    };
    advise_api_v1_scaling_analyze_get: {
        parameters: {
            query?: {
                /** @description only what comes from resources with this `deployment.environment.name`; metrics and SQL are not narrowed */
                environment?: string;
                /** @description the one policy that is asked; empty: all */
                policy?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ScalingAnalysis"];
                };
            };
            /** @description the call cannot be understood; `position` tells where */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description no credential, or an unknown one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the credential's role does not allow it */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description unknown to this tenant */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description larger than a limit allows */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description a parameter has the wrong type or is out of bounds */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description too busy; try again after `Retry-After` seconds */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the store is away; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
        };
    };
    analyze_api_v1_scaling_analyze_post: {
        parameters: {
            query?: {
                /** @description only what comes from resources with this `deployment.environment.name`; metrics and SQL are not narrowed */
                environment?: string;
                /** @description the one policy that is asked; empty: all */
                policy?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ScalingAnalysis"];
                };
            };
            /** @description the call cannot be understood; `position` tells where */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description no credential, or an unknown one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the credential's role does not allow it */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description unknown to this tenant */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description larger than a limit allows */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description a parameter has the wrong type or is out of bounds */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description too busy; try again after `Retry-After` seconds */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the store is away; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
        };
    };
    list_decisions_api_v1_scaling_decisions_get: {
        parameters: {
            query?: {
                /** @description only older ones: `next` of the page before */
                before?: string;
                /** @description the one group; empty: all */
                group?: string;
                /** @description items at most */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ScalingDecisions"];
                };
            };
            /** @description the call cannot be understood; `position` tells where */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description no credential, or an unknown one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the credential's role does not allow it */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description larger than a limit allows */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description a parameter has the wrong type or is out of bounds */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description too busy; try again after `Retry-After` seconds */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the store is away; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
        };
    };
    efficiency_api_v1_scaling_efficiency_get: {
        parameters: {
            query?: {
                /** @description only what comes from resources with this `deployment.environment.name`; metrics and SQL are not narrowed */
                environment?: string;
                /** @description the one policy that is asked; empty: all */
                policy?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ScalingEfficiency"];
                };
            };
            /** @description the call cannot be understood; `position` tells where */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description no credential, or an unknown one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the credential's role does not allow it */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description larger than a limit allows */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description a parameter has the wrong type or is out of bounds */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description too busy; try again after `Retry-After` seconds */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the store is away; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
        };
    };
    list_policies_api_v1_scaling_policies_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ScalingPolicies"];
                };
            };
            /** @description the call cannot be understood; `position` tells where */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description no credential, or an unknown one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the credential's role does not allow it */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description larger than a limit allows */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description a parameter has the wrong type or is out of bounds */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description too busy; try again after `Retry-After` seconds */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the store is away; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
        };
    };
    put_policy_api_v1_scaling_policies__name__put: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description name of the policy */
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewPolicy"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ScalingPolicy"];
                };
            };
            /** @description the call cannot be understood; `position` tells where */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description no credential, or an unknown one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the credential's role does not allow it */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description larger than a limit allows */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description a parameter has the wrong type or is out of bounds */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description too busy; try again after `Retry-After` seconds */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the store is away; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
        };
    };
    delete_policy_api_v1_scaling_policies__name__delete: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description name of the policy */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description the call cannot be understood; `position` tells where */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description no credential, or an unknown one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the credential's role does not allow it */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description larger than a limit allows */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description a parameter has the wrong type or is out of bounds */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description too busy; try again after `Retry-After` seconds */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the store is away; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
        };
    };
    complete_filter_api_v1_search_complete_get: {
        parameters: {
            query?: {
                /** @description as `start`; default: now */
                end?: string | null;
                /** @description only what comes from resources with this `deployment.environment.name`; metrics and SQL are not narrowed */
                environment?: string;
                /** @description suggestions at most */
                limit?: number;
                /** @description what is searched */
                noun?: "spans" | "logs" | "agents";
                /** @description cursor offset in `q`; default: its end */
                position?: number | null;
                /** @description filter language, see docs/search.md */
                q?: string;
                /** @description RFC 3339, Unix time in s, ms or ns, or relative: `-15m`; default: an hour before `end` */
                start?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Completion"];
                };
            };
            /** @description the call cannot be understood; `position` tells where */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description no credential, or an unknown one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the credential's role does not allow it */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description larger than a limit allows */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description a parameter has the wrong type or is out of bounds */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description too busy; try again after `Retry-After` seconds */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the store is away; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
        };
    };
    list_events_api_v1_security_events_get: {
        parameters: {
            query?: {
                /** @description comma-separated; empty: all */
                agent?: string;
                /** @description `next` of the page before; empty: the first page */
                cursor?: string;
                /** @description as `start`; default: now */
                end?: string | null;
                /** @description comma-separated; empty: all */
                endpoint?: string;
                /** @description only what comes from resources with this `deployment.environment.name`; metrics and SQL are not narrowed */
                environment?: string;
                /** @description comma-separated; empty: all */
                kind?: string;
                /** @description items at most */
                limit?: number;
                /** @description comma-separated; empty: all */
                principal?: string;
                /** @description part of message, principal, source or endpoint */
                q?: string;
                /** @description comma-separated; empty: all */
                severity?: string;
                /** @description comma-separated; empty: all */
                source?: string;
                /** @description RFC 3339, Unix time in s, ms or ns, or relative: `-15m`; default: an hour before `end` */
                start?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SecurityEvents"];
                };
            };
            /** @description the call cannot be understood; `position` tells where */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description no credential, or an unknown one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the credential's role does not allow it */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description larger than a limit allows */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description a parameter has the wrong type or is out of bounds */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description too busy; try again after `Retry-After` seconds */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the store is away; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
        };
    };
    judge_events_api_v1_security_events_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["GivenEvents"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Verdicts"];
                };
            };
            /** @description the call cannot be understood; `position` tells where */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description no credential, or an unknown one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the credential's role does not allow it */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description larger than a limit allows */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description a parameter has the wrong type or is out of bounds */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description too busy; try again after `Retry-After` seconds */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the store is away; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
        };
    };
    one_event_api_v1_security_events__event_id__get: {
        parameters: {
            query?: {
                /** @description only what comes from resources with this `deployment.environment.name`; metrics and SQL are not narrowed */
                environment?: string;
            };
            header?: never;
            path: {
                /** @description event id, 32 hex digits */
                event_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SecurityEvent"];
                };
            };
            /** @description the call cannot be understood; `position` tells where */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description no credential, or an unknown one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the credential's role does not allow it */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description unknown to this tenant */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description larger than a limit allows */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description a parameter has the wrong type or is out of bounds */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description too busy; try again after `Retry-After` seconds */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the store is away; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
        };
    };
    list_principals_api_v1_security_principals_get: {
        parameters: {
            query?: {
                /** @description comma-separated; empty: all */
                agent?: string;
                /** @description as `start`; default: now */
                end?: string | null;
                /** @description comma-separated; empty: all */
                endpoint?: string;
                /** @description only what comes from resources with this `deployment.environment.name`; metrics and SQL are not narrowed */
                environment?: string;
                /** @description comma-separated; empty: all */
                kind?: string;
                /** @description items at most */
                limit?: number;
                /** @description comma-separated; empty: all */
                principal?: string;
                /** @description part of message, principal, source or endpoint */
                q?: string;
                /** @description comma-separated; empty: all */
                severity?: string;
                /** @description comma-separated; empty: all */
                source?: string;
                /** @description RFC 3339, Unix time in s, ms or ns, or relative: `-15m`; default: an hour before `end` */
                start?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Principals"];
                };
            };
            /** @description the call cannot be understood; `position` tells where */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description no credential, or an unknown one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the credential's role does not allow it */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description larger than a limit allows */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description a parameter has the wrong type or is out of bounds */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description too busy; try again after `Retry-After` seconds */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the store is away; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
        };
    };
    summarise_api_v1_security_summary_get: {
        parameters: {
            query?: {
                /** @description comma-separated; empty: all */
                agent?: string;
                /** @description time buckets at most */
                buckets?: number;
                /** @description as `start`; default: now */
                end?: string | null;
                /** @description comma-separated; empty: all */
                endpoint?: string;
                /** @description only what comes from resources with this `deployment.environment.name`; metrics and SQL are not narrowed */
                environment?: string;
                /** @description comma-separated; empty: all */
                kind?: string;
                /** @description comma-separated; empty: all */
                principal?: string;
                /** @description part of message, principal, source or endpoint */
                q?: string;
                /** @description comma-separated; empty: all */
                severity?: string;
                /** @description comma-separated; empty: all */
                source?: string;
                /** @description RFC 3339, Unix time in s, ms or ns, or relative: `-15m`; default: an hour before `end` */
                start?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SecuritySummary"];
                };
            };
            /** @description the call cannot be understood; `position` tells where */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description no credential, or an unknown one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the credential's role does not allow it */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description larger than a limit allows */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description a parameter has the wrong type or is out of bounds */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description too busy; try again after `Retry-After` seconds */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the store is away; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
        };
    };
    selftest_api_v1_selftest_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SelfTestState"];
                };
            };
            /** @description the call cannot be understood; `position` tells where */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description no credential, or an unknown one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the credential's role does not allow it */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description larger than a limit allows */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description a parameter has the wrong type or is out of bounds */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description too busy; try again after `Retry-After` seconds */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the store is away; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
        };
    };
    list_sessions_api_v1_sessions_get: {
        parameters: {
            query?: {
                /** @description `next` of the page before; empty: the first page */
                cursor?: string;
                /** @description as `start`; default: now */
                end?: string | null;
                /** @description only what comes from resources with this `deployment.environment.name`; metrics and SQL are not narrowed */
                environment?: string;
                /** @description items at most */
                limit?: number;
                order?: "asc" | "desc";
                /** @description filter language, see docs/search.md */
                q?: string;
                /** @description what comes first */
                sort?: "time" | "duration" | "cost" | "errors" | "tokens";
                /** @description RFC 3339, Unix time in s, ms or ns, or relative: `-15m`; default: an hour before `end` */
                start?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Sessions"];
                };
            };
            /** @description the call cannot be understood; `position` tells where */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description no credential, or an unknown one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the credential's role does not allow it */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description larger than a limit allows */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description a parameter has the wrong type or is out of bounds */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description too busy; try again after `Retry-After` seconds */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the store is away; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
        };
    };
    one_session_api_v1_sessions__session__get: {
        parameters: {
            query?: {
                /** @description only what comes from resources with this `deployment.environment.name`; metrics and SQL are not narrowed */
                environment?: string;
            };
            header?: never;
            path: {
                session: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Session"];
                };
            };
            /** @description the call cannot be understood; `position` tells where */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description no credential, or an unknown one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the credential's role does not allow it */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description unknown to this tenant */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description larger than a limit allows */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description a parameter has the wrong type or is out of bounds */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description too busy; try again after `Retry-After` seconds */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the store is away; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
        };
    };
    search_spans_api_v1_spans_get: {
        parameters: {
            query?: {
                /** @description `next` of the page before; empty: the first page */
                cursor?: string;
                /** @description as `start`; default: now */
                end?: string | null;
                /** @description only what comes from resources with this `deployment.environment.name`; metrics and SQL are not narrowed */
                environment?: string;
                /** @description items at most */
                limit?: number;
                /** @description desc: largest or newest first */
                order?: "asc" | "desc";
                /** @description filter language, see docs/search.md */
                q?: string;
                /** @description what comes first */
                sort?: "time" | "duration" | "cost" | "errors" | "tokens";
                /** @description RFC 3339, Unix time in s, ms or ns, or relative: `-15m`; default: an hour before `end` */
                start?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Spans"];
                };
            };
            /** @description the call cannot be understood; `position` tells where */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description no credential, or an unknown one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the credential's role does not allow it */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description larger than a limit allows */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description a parameter has the wrong type or is out of bounds */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description too busy; try again after `Retry-After` seconds */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the store is away; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
        };
    };
    span_differences_api_v1_spans_differences_get: {
        parameters: {
            query: {
                /** @description as `start`; default: now */
                end?: string | null;
                /** @description only what comes from resources with this `deployment.environment.name`; metrics and SQL are not narrowed */
                environment?: string;
                /** @description fields, and numbers, at most */
                limit?: number;
                /** @description filter language, see docs/search.md */
                q?: string;
                /** @description filter for the selected spans */
                select: string;
                /** @description RFC 3339, Unix time in s, ms or ns, or relative: `-15m`; default: an hour before `end` */
                start?: string | null;
                /** @description values per field at most */
                values?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Differences"];
                };
            };
            /** @description the call cannot be understood; `position` tells where */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description no credential, or an unknown one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the credential's role does not allow it */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description larger than a limit allows */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description a parameter has the wrong type or is out of bounds */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description too busy; try again after `Retry-After` seconds */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the store is away; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
        };
    };
    run_sql_api_v1_sql_post: {
        parameters: {
            query?: {
                /** @description only what comes from resources with this `deployment.environment.name`; metrics and SQL are not narrowed */
                environment?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SqlQuery"];
            };
        };
        responses: {
            /** @description the rows, in the format asked for */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SqlResult"];
                    "application/vnd.apache.arrow.stream": unknown;
                    "application/vnd.apache.parquet": unknown;
                    "text/csv; charset=utf-8": unknown;
                };
            };
            /** @description the call cannot be understood; `position` tells where */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description no credential, or an unknown one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the credential's role does not allow it */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description larger than a limit allows */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description a parameter has the wrong type or is out of bounds */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description too busy; try again after `Retry-After` seconds */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the store is away; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
        };
    };
    sql_schema_api_v1_sql_schema_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SqlSchema"];
                };
            };
            /** @description the call cannot be understood; `position` tells where */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description no credential, or an unknown one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the credential's role does not allow it */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description larger than a limit allows */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description a parameter has the wrong type or is out of bounds */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description too busy; try again after `Retry-After` seconds */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the store is away; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
        };
    };
    tenants_api_v1_tenants_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Tenants"];
                };
            };
            /** @description the call cannot be understood; `position` tells where */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description no credential, or an unknown one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the credential's role does not allow it */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description larger than a limit allows */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description a parameter has the wrong type or is out of bounds */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description too busy; try again after `Retry-After` seconds */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the store is away; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
        };
    };
    search_traces_api_v1_traces_get: {
        parameters: {
            query?: {
                /** @description also tell what was asked in each */
                asked?: boolean;
                /** @description `next` of the page before; empty: the first page */
                cursor?: string;
                /** @description as `start`; default: now */
                end?: string | null;
                /** @description only what comes from resources with this `deployment.environment.name`; metrics and SQL are not narrowed */
                environment?: string;
                /** @description items at most */
                limit?: number;
                /** @description desc: largest or newest first */
                order?: "asc" | "desc";
                /** @description filter language, see docs/search.md */
                q?: string;
                /** @description what comes first */
                sort?: "time" | "duration" | "cost" | "errors" | "tokens";
                /** @description RFC 3339, Unix time in s, ms or ns, or relative: `-15m`; default: an hour before `end` */
                start?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Traces"];
                };
            };
            /** @description the call cannot be understood; `position` tells where */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description no credential, or an unknown one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the credential's role does not allow it */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description larger than a limit allows */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description a parameter has the wrong type or is out of bounds */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description too busy; try again after `Retry-After` seconds */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the store is away; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
        };
    };
    one_trace_api_v1_traces__trace_id__get: {
        parameters: {
            query?: {
                /** @description a trace of more spans than `details` comes as `columns`, with `spans` empty */
                columns?: boolean;
                /** @description spans that come with attributes, events, links and messages; more come without */
                details?: number | null;
                /** @description only what comes from resources with this `deployment.environment.name`; metrics and SQL are not narrowed */
                environment?: string;
                /** @description spans at most */
                limit?: number;
                /** @description with the text of prompts and completions */
                messages?: boolean;
                /** @description put message text back into the attributes that brought it, too */
                original?: boolean;
            };
            header?: never;
            path: {
                /** @description 32 hex digits */
                trace_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Trace"];
                };
            };
            /** @description the call cannot be understood; `position` tells where */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description no credential, or an unknown one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the credential's role does not allow it */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description unknown to this tenant */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description larger than a limit allows */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description a parameter has the wrong type or is out of bounds */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description too busy; try again after `Retry-After` seconds */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the store is away; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
        };
    };
    one_span_api_v1_traces__trace_id__spans__span_id__get: {
        parameters: {
            query?: {
                /** @description only what comes from resources with this `deployment.environment.name`; metrics and SQL are not narrowed */
                environment?: string;
                /** @description put message text back into the attributes that brought it, too */
                original?: boolean;
            };
            header?: never;
            path: {
                /** @description 16 hex digits */
                span_id: string;
                /** @description 32 hex digits */
                trace_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SpanDetails"];
                };
            };
            /** @description the call cannot be understood; `position` tells where */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description no credential, or an unknown one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the credential's role does not allow it */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description unknown to this tenant */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description larger than a limit allows */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description a parameter has the wrong type or is out of bounds */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description too busy; try again after `Retry-After` seconds */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the store is away; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
        };
    };
    trace_latency_api_v1_traces_latency_get: {
        parameters: {
            query?: {
                /** @description time buckets at most */
                buckets?: number;
                /** @description as `start`; default: now */
                end?: string | null;
                /** @description only what comes from resources with this `deployment.environment.name`; metrics and SQL are not narrowed */
                environment?: string;
                /** @description filter language, see docs/search.md */
                q?: string;
                /** @description count whole traces (their root spans) only */
                roots?: boolean;
                /** @description RFC 3339, Unix time in s, ms or ns, or relative: `-15m`; default: an hour before `end` */
                start?: string | null;
                /** @description width of a time bucket, e.g. `10s`; default: a round one */
                step?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Latency"];
                };
            };
            /** @description the call cannot be understood; `position` tells where */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description no credential, or an unknown one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the credential's role does not allow it */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description larger than a limit allows */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description a parameter has the wrong type or is out of bounds */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description too busy; try again after `Retry-After` seconds */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the store is away; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
        };
    };
    list_users_api_v1_users_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Users"];
                };
            };
            /** @description the call cannot be understood; `position` tells where */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description no credential, or an unknown one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the credential's role does not allow it */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description larger than a limit allows */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description a parameter has the wrong type or is out of bounds */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description too busy; try again after `Retry-After` seconds */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the store is away; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
        };
    };
    add_user_api_v1_users_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewUser"];
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["User"];
                };
            };
            /** @description the call cannot be understood; `position` tells where */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description no credential, or an unknown one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the credential's role does not allow it */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description larger than a limit allows */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description a parameter has the wrong type or is out of bounds */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description too busy; try again after `Retry-After` seconds */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the store is away; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
        };
    };
    remove_user_api_v1_users__name__delete: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description name of the user */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description the call cannot be understood; `position` tells where */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description no credential, or an unknown one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the credential's role does not allow it */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description unknown to this tenant */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description larger than a limit allows */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description a parameter has the wrong type or is out of bounds */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description too busy; try again after `Retry-After` seconds */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the store is away; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
        };
    };
    change_user_api_v1_users__name__patch: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description name of the user */
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["UserChange"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["User"];
                };
            };
            /** @description the call cannot be understood; `position` tells where */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description no credential, or an unknown one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the credential's role does not allow it */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description unknown to this tenant */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description larger than a limit allows */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description a parameter has the wrong type or is out of bounds */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description too busy; try again after `Retry-After` seconds */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the store is away; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
        };
    };
    list_views_api_v1_views_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Views"];
                };
            };
            /** @description the call cannot be understood; `position` tells where */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description no credential, or an unknown one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the credential's role does not allow it */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description larger than a limit allows */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description a parameter has the wrong type or is out of bounds */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description too busy; try again after `Retry-After` seconds */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the store is away; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
        };
    };
    put_view_api_v1_views__name__put: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description name of the view */
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["View"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["View"];
                };
            };
            /** @description the call cannot be understood; `position` tells where */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description no credential, or an unknown one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the credential's role does not allow it */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description larger than a limit allows */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description a parameter has the wrong type or is out of bounds */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description too busy; try again after `Retry-After` seconds */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the store is away; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
        };
    };
    delete_view_api_v1_views__name__delete: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description name of the view */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description the call cannot be understood; `position` tells where */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description no credential, or an unknown one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the credential's role does not allow it */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description larger than a limit allows */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description a parameter has the wrong type or is out of bounds */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description too busy; try again after `Retry-After` seconds */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the store is away; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
        };
    };
    list_workflows_api_v1_workflows_get: {
        parameters: {
            query?: {
                /** @description `next` of the page before; empty: the first page */
                cursor?: string;
                /** @description as `start`; default: now */
                end?: string | null;
                /** @description only what comes from resources with this `deployment.environment.name`; metrics and SQL are not narrowed */
                environment?: string;
                /** @description items at most */
                limit?: number;
                order?: "asc" | "desc";
                /** @description filter language, see docs/search.md */
                q?: string;
                /** @description what comes first */
                sort?: "time" | "duration" | "cost" | "errors" | "tokens";
                /** @description RFC 3339, Unix time in s, ms or ns, or relative: `-15m`; default: an hour before `end` */
                start?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Workflows"];
                };
            };
            /** @description the call cannot be understood; `position` tells where */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description no credential, or an unknown one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the credential's role does not allow it */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description larger than a limit allows */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description a parameter has the wrong type or is out of bounds */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description too busy; try again after `Retry-After` seconds */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the store is away; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
        };
    };
    one_workflow_api_v1_workflows__workflow__get: {
        parameters: {
            query?: {
                /** @description only what comes from resources with this `deployment.environment.name`; metrics and SQL are not narrowed */
                environment?: string;
            };
            header?: never;
            path: {
                workflow: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Workflow"];
                };
            };
            /** @description the call cannot be understood; `position` tells where */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description no credential, or an unknown one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the credential's role does not allow it */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description unknown to this tenant */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description larger than a limit allows */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description a parameter has the wrong type or is out of bounds */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description too busy; try again after `Retry-After` seconds */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the store is away; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
        };
    };
    live_health_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Live"];
                };
            };
            /** @description no credential, or an unknown one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the credential's role does not allow it */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
        };
    };
    ready_health_ready_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Readiness"];
                };
            };
            /** @description no credential, or an unknown one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the credential's role does not allow it */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Readiness"];
                };
            };
        };
    };
    prometheus_metrics_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Prometheus text format */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": unknown;
                };
            };
            /** @description no credential, or an unknown one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
            /** @description the credential's role does not allow it */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": unknown;
                };
            };
        };
    };
}
