"""Scraping of targets as Prometheus does it: jobs of a `scrape_configs` file, discovery, relabelling, scrape loops."""
