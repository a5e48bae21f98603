"""The acceptance tests officials read, and the sentences they are written in."""
