"""What we claim about speed, as benchmarks anyone can run: `python -m bench.commands`."""
