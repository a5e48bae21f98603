"""Tests for developers; the acceptance tests officials read are in features/."""
