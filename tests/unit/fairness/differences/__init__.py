"""Tests of what changed between two audits."""
