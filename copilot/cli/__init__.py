"""The command line: parses, calls the application, prints. stdout is data, stderr is for people."""
