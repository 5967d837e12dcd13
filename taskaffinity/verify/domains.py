"""Ganin et al., "Domain-Adversarial Training of Neural Networks", JMLR 2016, table 2.

Share of the gap = (method − source only) / (train on target − source only). The accuracies stand in print, so
that no file is needed.
"""

from collections.abc import Iterator

from taskaffinity.analysis.domains import share_of_gap
from taskaffinity.verify.files import Files
from taskaffinity.verify.number import Number, compared

SOURCE = "DANN (Ganin et al.)"
METHODS = ("subspace alignment", "DANN")
ACCURACIES = {  # source only, subspace alignment, DANN, train on target
    "MNIST to MNIST-M": (0.5225, 0.5690, 0.7666, 0.9596),
    "synthetic numbers to SVHN": (0.8674, 0.8644, 0.9109, 0.9220),
    "SVHN to MNIST": (0.5490, 0.5932, 0.7385, 0.9942),
    "synthetic signs to GTSRB": (0.7900, 0.8165, 0.8865, 0.9980),
}
PRINTED = {  # shares of the gap, %
    "MNIST to MNIST-M": ("4.1", "52.9"),
    "synthetic numbers to SVHN": ("-5.5", "79.7"),
    "SVHN to MNIST": ("9.9", "42.6"),
    "synthetic signs to GTSRB": ("12.7", "46.4"),
}
ERRATA = {
    ("MNIST to MNIST-M", "subspace alignment"): "its own accuracies give 10.6",
    ("MNIST to MNIST-M", "DANN"): "its own accuracies give 55.8",
}


def numbers(files: Files) -> Iterator[Number]:
    """Yield the shares of the publication."""
    for domains, (source_only, *methods, target) in ACCURACIES.items():
        for method, accuracy, printed in zip(METHODS, methods, PRINTED[domains], strict=True):
            share = 100 * share_of_gap(accuracy, source_only, target)
            what = f"share of the gap covered, {domains}, {method}, %"
            yield compared(SOURCE, what, printed, share, ERRATA.get((domains, method), ""))
