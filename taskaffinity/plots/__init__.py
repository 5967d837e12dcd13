"""Figures, one a file: an ``…_info`` record holds what is shown, a ``plot_…`` draws it."""
