"""The sentence kit: verbs of work, no procedure. features/README.md lists the sentences."""
