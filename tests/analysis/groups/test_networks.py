from pathlib import Path

import numpy as np
import pytest

from taskaffinity.analysis.groups import read_networks
from taskaffinity.errors import TableError

HEAD = "network,cost,target,loss\n"


def test_networks_keep_their_order_and_names(tmp_path: Path) -> None:
    (tmp_path / "n.csv").write_text(HEAD + "self, 1,b,0.5\nself,1,a,0.25\nx+y,0.5,b,1\n")
    table = read_networks(tmp_path / "n.csv")
    assert (table.names, table.targets) == (("self", "x+y"), ("b", "a"))
    np.testing.assert_array_equal(table.loss, [[0.5, 0.25], [1, np.nan]])
    assert table.cost.tolist() == [1, 0.5]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no column 'network'"),
        (HEAD, "no rows"),
        ("network,cost,target\nn,1,a\n", "no column 'loss'"),
        (HEAD + "n,1,a,0.5\nn,2,b,0.5\n", "line 3 has network 'n' cost 2, and 1 before"),
        (HEAD + "n,1,a,0.5\n\nn,1,a,0.5\n", "line 4 has network 'n' serve 'a' a second time"),
        (HEAD + "n,-1,a,0.5\n", "line 2 .* cost is -1"),
        (HEAD + "n,1,a,low\n", "line 2 .* loss is 'low'"),
        (HEAD + "n,1,a,inf\n", "line 2 .* loss is 'inf'"),
        (HEAD + ",1,a,1\n", "line 2 has no network"),
        (HEAD + "n,1,,1\n", "line 2 has no target"),
    ],
)
def test_tables_that_cannot_be_used(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "n.csv").write_text(text)
    with pytest.raises(TableError, match=message):
        read_networks(tmp_path / "n.csv")
    with pytest.raises(TableError, match="not a readable table"):
        read_networks(tmp_path / "none.csv")
