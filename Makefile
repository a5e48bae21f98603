# Every recipe is one line calling ./run, which works without make too.
.PHONY: run test test-fast test-long check format lock audit screenshots

run:
	./run serve

test:
	./run test

test-fast:
	./run test-fast

test-long:
	./run test-long

check:
	./run check

format:
	./run format

lock:
	./run lock

audit:
	./run audit

screenshots:
	./run screenshots
