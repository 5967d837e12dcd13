"""The section on domains: rows of ``domains.csv`` laid out as methods by pairs."""

from taskaffinity.plots.domains import domains_info, plot_domains
from taskaffinity.report.domains import domain_tables, generalisation_tables, headings_of
from taskaffinity.runs.domains import AdaptationRow, GeneralisationRow

VALUES = {"source_only": 0.5, "dann": 0.7, "train_on_target": 0.9}


def rows(task: str = "digit", share: float | None = 0.5, metric: str = "accuracy") -> list[AdaptationRow]:
    return [
        AdaptationRow(
            task=task, source_domain=source, target_domain="b", method=method, metric=metric, value=value,
            low=value - 0.1, high=value + 0.1, share_of_gap=share if method == "dann" else None,
        )
        for source in ("a", "c")
        for method, value in VALUES.items()
    ]  # fmt: skip


def test_a_table_has_a_row_a_method_between_source_only_and_train_on_target() -> None:
    (table,) = domain_tables(rows()[::-1])
    assert [method for method, _ in table.methods] == ["source_only", "dann", "train_on_target"]
    assert set(table.pairs) == {("a", "b"), ("c", "b")}
    assert table.rows["dann", ("a", "b")].value == 0.7
    assert table.without_gap == []


def test_pairs_without_a_gap_are_named() -> None:
    (table,) = domain_tables(rows(share=None))
    assert set(table.without_gap) == {("a", "b"), ("c", "b")}


def test_tasks_of_other_metrics_have_tables_of_their_own() -> None:
    tables = domain_tables([*rows(), *rows("normal", metric="loss")])
    assert [(table.task, table.metric) for table in tables] == [("digit", "accuracy"), ("normal", "loss")]


def test_pictures_of_adapted_networks_stand_with_their_target_alone() -> None:
    assert headings_of(rows(), "digit@b") == {
        f"{method}-digit-{source}-b": title
        for source in ("a", "c")
        for method, title in (("source_only", "Source only"), ("dann", "DANN"))
    }
    assert headings_of(rows(), "digit@a") == headings_of(rows(), "normal@b") == {}


def test_selections_stand_below_each_other() -> None:
    made = [
        GeneralisationRow(
            task="digit", target_domain=domain, method="erm", selection=selection, strength=0,
            metric="accuracy",
            value=0.5, low=0.4, high=0.6,
        )
        for domain in ("a", "b")
        for selection in ("training-domain validation", "test-domain oracle")
    ]  # fmt: skip
    (table,) = generalisation_tables(made)
    assert table.domains == ["a", "b"]
    assert [selection for _, selection, _ in table.choices] == [
        "training-domain validation", "test-domain oracle"
    ]  # fmt: skip


def test_every_measured_value_is_drawn() -> None:
    infos = domains_info([*rows(), *rows("normal", metric="loss")])
    assert [info.metric for info in infos] == ["accuracy", "loss"]
    assert infos[0].value.tolist() == [list(VALUES.values())] * 2
    figure = plot_domains(infos, ["Source only", "DANN", "Train on target"])
    assert [len(axes.containers) for axes in figure.axes] == [3, 3]
