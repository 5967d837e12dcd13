"""Encoders, decoders and readouts."""
