import numpy as np

from taskaffinity.plots.sanity import plot_sanity, sanity_info
from taskaffinity.report.findings import Findings
from taskaffinity.runs.records import SanityRecord

SANITY = SanityRecord.model_validate({
    "mean": {"constant": 0.9, "random": None},
    "targets": [
        {"target": "normal", "constant": 0.95, "random": None, "images": 4},
        {"target": "denoising", "constant": 0.85, "random": 0.75, "images": 4},
    ],
})  # fmt: skip


def test_targets_stand_by_group_and_what_is_missing_is_nan(findings: Findings) -> None:
    info = sanity_info(SANITY, findings.labels)
    assert info.targets == ["denoising", "normal"]
    np.testing.assert_array_equal(info.constant, [0.85, 0.95])
    np.testing.assert_array_equal(info.random, [0.75, np.nan])
    assert np.isnan(info.mean_random)


def test_the_legend_gives_the_means(findings: Findings) -> None:
    figure = plot_sanity(sanity_info(SANITY, findings.labels), findings.labels)
    words = [text.get_text() for text in figure.legends[0].get_texts()]
    assert words == ["constant guess (mean 90.0 %)", "random features"]
