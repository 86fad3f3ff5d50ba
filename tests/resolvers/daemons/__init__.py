"""Tests of resolvers/daemons/."""
