"""Tests of what is sent to do harm."""
