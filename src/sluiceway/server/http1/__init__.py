"""HTTP/1.1 towards readers: a small ASGI server whose bodies can be written without a task switch."""
