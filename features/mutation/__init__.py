"""Runs the scenarios against mutants of a procedure: `guicheng mutate`."""
