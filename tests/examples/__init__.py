"""Tests of the example programs for partners."""
