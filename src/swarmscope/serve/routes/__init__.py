"""The REST API: one module per noun; the application includes the `router` of each."""
