"""Tests of failing databases, disks and clients."""
