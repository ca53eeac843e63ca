"""A fleet that behaves like one, and speaks OTLP to the front door like any agent. Imports no other room."""
