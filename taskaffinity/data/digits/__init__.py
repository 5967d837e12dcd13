"""Digits in four domains, made of what packages ship: nothing is downloaded."""

from taskaffinity.data.digits.making import DOMAINS, Digits, make_digits

__all__ = ["DOMAINS", "Digits", "make_digits"]
