import subprocess
import sys

import pytest

from taskaffinity import analysis


@pytest.mark.parametrize("name", analysis.__all__)
def test_every_public_name_is_there(name: str) -> None:
    assert getattr(analysis, name) is not None
    assert name in dir(analysis)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = analysis.nothing


def test_the_analysis_does_not_import_torch() -> None:
    code = """
import pkgutil, sys
from importlib import import_module
from taskaffinity import analysis
modules = [module.name for module in pkgutil.walk_packages(analysis.__path__, analysis.__name__ + ".")]
for name in modules:
    import_module(name)
assert "taskaffinity.analysis.bootstrap" in modules
assert "torch" not in sys.modules, "torch"
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
