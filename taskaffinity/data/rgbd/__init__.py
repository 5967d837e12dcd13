"""RGB-D frames with poses: the reader, and checks of the camera and its path."""

from taskaffinity.data.rgbd.reader import COLOUR, Frame, RgbdReader

__all__ = ["COLOUR", "Frame", "RgbdReader"]
