"""Measures this program on this machine, beside a yardstick in the same run. A door: it adds no feature."""
