import numpy as np

from taskaffinity.plots.paint import Picture
from taskaffinity.plots.slide import Column, SlideInfo, plot_slide


def test_each_image_is_a_row_and_losses_stand_under_predictions() -> None:
    picture = Picture(np.zeros((4, 4, 3), np.uint8))
    predictions = [Picture(picture.pixels, "5°"), Picture(text="bath 60 %")]
    columns = [
        Column("Input", "", [picture, picture]),
        Column("Own network", "source split", predictions, [0.25, 1.5]),
    ]
    info = SlideInfo("pose", "Pose", "mean squared error", ["a", "b"], columns)
    axes = plot_slide(info).axes
    assert len(axes) == 4
    assert [a.get_xlabel() for a in axes] == ["", "5°\n0.25", "", "1.5"]
    assert axes[1].get_title() == "Own network\nsource split"
    assert axes[3].texts[0].get_text() == "bath 60 %"
