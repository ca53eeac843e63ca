"""Mutable state with transactions: keys, tenants, settings, audit."""
