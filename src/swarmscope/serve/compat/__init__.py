"""The wires of others' user interfaces and shippers: Prometheus, Loki, Jaeger, Tempo, Elasticsearch, Zipkin."""
