"""The language model: a local GGUF through llama.cpp in a child process, or a site's server."""
