"""Every read: one module per noun. All read SQL lives here, and so does the isolation of tenants.

`reader.Reader` is the only way to the store: it knows whose data may be seen and puts that into every table a query names.
Functions take a Reader and give plain values in the shapes of the REST API.
"""
