"""Tests of hostile requests and slow clients."""
