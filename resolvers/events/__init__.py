"""The organization's log: appended by every change, read as a page or followed as it grows."""
