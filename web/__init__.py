"""The thin web layer: reads a request, calls the engine, renders what it answers."""
