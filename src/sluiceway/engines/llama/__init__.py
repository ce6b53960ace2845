"""The embedded engine: llama.cpp's own server in a child process, watched over and spoken to over HTTP."""
