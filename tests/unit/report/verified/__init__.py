"""Tests of reports that are computed again."""
