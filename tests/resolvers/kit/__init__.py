"""Tests of resolvers/kit/."""
