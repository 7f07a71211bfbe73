"""Estimates with intervals from arrays of one value per replication. Never touches an engine."""
