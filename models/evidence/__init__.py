"""The numbers of the three outages: constants with their class, and what is compared with them.

Written down before the first full run; what was changed later stands in CHANGELOG with its reason.
"""
