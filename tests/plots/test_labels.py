from taskaffinity.plots.labels import DisplayLabel, by_group, is_reference, label_of, title_of

LABELS = {
    "normal": DisplayLabel("Surface normals", "3D"),
    "denoising": DisplayLabel("Denoising", "2D"),
    "a": DisplayLabel("Edges", "2D"),
}


def test_groups_stand_in_the_order_of_the_dictionary_and_titles_in_the_alphabets() -> None:
    assert by_group(["normal", "unheard_of", "a", "denoising"], LABELS) == [
        "denoising",
        "a",
        "normal",
        "unheard_of",
    ]


def test_a_source_set_is_named_by_its_titles() -> None:
    assert title_of("a+normal", LABELS) == "Edges + Surface normals"


def test_references_have_names_and_no_group_of_tasks() -> None:
    assert label_of("scratch", LABELS) == DisplayLabel("From scratch", "reference")
    assert is_reference("self")
    assert not is_reference("normal")


def test_an_unknown_task_is_shown_by_its_name() -> None:
    assert label_of("my_task", LABELS).title == "my task"
    assert label_of("my_task", LABELS).colour == "#767676"
