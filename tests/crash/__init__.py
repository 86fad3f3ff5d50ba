"""Servers that are killed among writers and subscribers, and faults that these tests have to find."""
