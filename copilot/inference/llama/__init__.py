"""A GGUF model through llama.cpp, in a child process of its own: whatever it does, the program goes on."""
