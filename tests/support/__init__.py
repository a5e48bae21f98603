"""What tests stand on: databases, a browser, the demo town and the report that CI reads."""
