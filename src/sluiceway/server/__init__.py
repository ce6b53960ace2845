"""The plain ASGI application and what serves it."""
