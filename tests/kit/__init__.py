"""Tests of kit/."""
