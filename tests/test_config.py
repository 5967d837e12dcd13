from pathlib import Path

import pytest
import yaml

from taskaffinity import config as configuration
from taskaffinity.config import Config, ImagesData, RgbdData, RoomsData, load, parse
from taskaffinity.errors import ConfigError

FULL = {
    "seed": 7,
    "data": {"kind": "rgbd", "path": "frames", "size": 96, "crops": 2, "stretch": 5, "gap": 1},
    "splits": {"source": 0.4, "transfer": 0.3, "validation": 0.2, "test": 0.1, "seed": 3},
    "tasks": {"names": ["normal", "reshading"], "exclude": [], "folders": ["mine"]},
    "model": {"encoder": "resnet18", "channels": 4},
    "source": {"updates": 3, "learning_rate": 0.1, "precision": "fp32"},
    "transfer": {"images": 20},
    "executor": {"workers": 1, "device": "cuda:1"},
    "taxonomy": {"budgets": [1, 2], "objective": "sqrt"},
}


def faults_of(content: dict) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        parse(content)
    return caught.value.faults


def write(path: Path, text: str) -> Path:
    path.write_text(text, "utf-8")
    return path


def test_defaults_are_the_run_on_the_rooms():
    config = load()
    assert config == Config()
    assert isinstance(config.data, RoomsData)


@pytest.mark.parametrize("content", [{}, FULL, {"data": {"kind": "images", "path": "i"}}])
def test_a_dumped_configuration_reads_back_the_same(tmp_path: Path, content: dict):
    config = parse(content)
    file = write(tmp_path / "config.yaml", yaml.safe_dump(config.dump()))
    assert load(file) == config


def test_a_dump_writes_every_default_out():
    assert parse({"transfer": {"images": 20}}).dump()["transfer"]["batch"] == Config().transfer.batch


def test_recorded_packages_are_not_read_back(tmp_path: Path):
    file = write(tmp_path / "config.yaml", "seed: 3\npackages: {torch: '2.6'}\n")
    assert load(file) == parse({"seed": 3})


def test_all_faults_are_said_at_once_each_with_its_key():
    faults = faults_of({
        "sede": 1,
        "data": {"kind": "rgbd", "size": 33},
        "splits": {"source": 0.5},
        "transfer": {"images": -1, "updats": 3},
        "source": 5,
        "taxonomy": {"budgets": [1, 0]},
    })  # fmt: skip
    keys = {fault.split(":")[0] for fault in faults}
    assert keys == {
        "sede", "data.path", "data.size", "splits", "transfer.images", "transfer.updats", "source",
        "taxonomy.budgets.1",
    }  # fmt: skip


def test_faults_of_a_file_name_the_file(tmp_path: Path):
    file = write(tmp_path / "mine.yaml", "seed: -1\n")
    with pytest.raises(ConfigError, match=r"mine\.yaml: seed: must be greater than or equal to 0, got -1"):
        load(file)


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ({"sede": 1}, "sede: unknown key; did you mean seed?"),
        ({"transfer": {"updats": 1}}, "transfer.updats: unknown key; did you mean updates?"),
        ({"data": {"kind": "rgbd", "path": "f", "pth": 1}}, "data.pth: unknown key; did you mean path?"),
        ({"report": {"zzz": 1}}, "report.zzz: unknown key; there are examples"),
    ],
)
def test_an_unknown_key_is_told_the_nearest_one(content: dict, fault: str):
    assert faults_of(content) == [fault]


def test_the_keys_that_are_offered_are_those_of_the_kind_of_data():
    (fault,) = faults_of({"data": {"kind": "images", "path": "i", "zzz": 1}})
    assert fault == f"data.zzz: unknown key; there are {', '.join(sorted(ImagesData.model_fields))}"


@pytest.mark.parametrize("value", [True, "5", 5.0, 5.5, None, [5]])
def test_a_whole_number_is_not_made_from_anything_else(value: object):
    (fault,) = faults_of({"source": {"updates": value}})
    assert fault == f"source.updates: must be a whole number, got {value!r}"


@pytest.mark.parametrize("value", [True, "fast", float("nan"), float("inf"), 0, -1, None])
def test_a_learning_rate_is_a_positive_finite_number(value: object):
    (fault,) = faults_of({"source": {"learning_rate": value}})
    assert fault.startswith("source.learning_rate: must be ")


def test_a_number_may_be_written_with_an_exponent_alone():
    assert load(None, ["source.learning_rate=1e-3"]).source.learning_rate == 1e-3


def test_an_unknown_kind_of_data_is_told_which_there_are():
    (fault,) = faults_of({"data": {"kind": "rgb"}})
    assert fault.startswith("data.kind: unknown kind of data; there are rooms, rgbd, images")
    assert fault.endswith("got 'rgb'")


@pytest.mark.parametrize("kind", configuration.DATA_SECTIONS)
def test_every_kind_of_data_is_chosen_by_its_name(kind: str):
    section = configuration.DATA_SECTIONS[kind]
    keys = {"rooms": {}, "domains": {"of": {"kind": "images", "path": "f"}}}.get(kind, {"path": "f"})
    assert type(parse({"data": {"kind": kind, **keys}}).data) is section


def test_shares_of_the_splits_sum_to_one_and_none_is_empty():
    assert faults_of({"splits": {"source": 0.8}}) == ["splits: the four shares must sum to 1, not 1.1"]
    assert faults_of({"splits": {"source": 0.8, "transfer": 0.0}}) == [
        "splits: every split needs a share above 0"
    ]


class TestSet:
    def test_wins_over_the_file_and_may_make_a_section(self, tmp_path: Path):
        file = write(tmp_path / "c.yaml", "seed: 1\nsource: {updates: 5}\n")
        config = load(file, ["source.updates=9", "data.kind=rgbd", "data.path=my frames", "seed=2"])
        assert (config.source.updates, config.seed) == (9, 2)
        assert config.data == RgbdData(kind="rgbd", path=Path("my frames"))

    def test_the_last_of_two_wins(self):
        assert load(None, ["seed=1", "seed=2"]).seed == 2

    @pytest.mark.parametrize(
        ("value", "names"), [("[normal, jigsaw]", ["normal", "jigsaw"]), ("null", None), ("", None)]
    )
    def test_takes_any_yaml_value(self, value: str, names: list[str] | None):
        assert load(None, [f"tasks.names={value}"]).tasks.names == names

    @pytest.mark.parametrize("override", ["seed", "=3", ".seed=3", "source..updates=3", " =3"])
    def test_without_a_key_or_a_value_is_a_fault(self, override: str):
        with pytest.raises(ConfigError, match="--set takes KEY=VALUE"):
            load(None, [override])

    def test_below_a_value_is_a_fault(self):
        with pytest.raises(ConfigError, match="seed is a value, it has no keys below it"):
            load(None, ["seed=1", "seed.x=2"])

    def test_of_what_is_not_yaml_is_a_fault(self):
        with pytest.raises(ConfigError, match=r"tasks\.names: '\[normal' is not a YAML value"):
            load(None, ["tasks.names=[normal"])

    def test_fills_a_section_that_the_file_left_empty(self, tmp_path: Path):
        file = write(tmp_path / "c.yaml", "source:\n")
        assert load(file, ["source.updates=9"]).source.updates == 9


class TestFile:
    def test_that_is_not_there(self, tmp_path: Path):
        with pytest.raises(ConfigError, match=r"nowhere\.yaml: no such file"):
            load(tmp_path / "nowhere.yaml")

    @pytest.mark.parametrize("text", ["", "# nothing yet\n", "source:\ntasks:\n"])
    def test_that_is_empty_or_has_empty_sections_takes_the_defaults(self, tmp_path: Path, text: str):
        assert load(write(tmp_path / "c.yaml", text)) == Config()

    @pytest.mark.parametrize("text", ["seed: [1\n", "a: b: c\n", "\tseed: 1\n"])
    def test_that_is_not_yaml_is_said_in_one_line(self, tmp_path: Path, text: str):
        with pytest.raises(ConfigError, match="not YAML") as caught:
            load(write(tmp_path / "c.yaml", text))
        assert "\n" not in str(caught.value)

    def test_that_is_not_text(self, tmp_path: Path):
        (tmp_path / "c.yaml").write_bytes(b"\xff\xfe\x00")
        with pytest.raises(ConfigError, match="not YAML"):
            load(tmp_path / "c.yaml")

    @pytest.mark.parametrize("text", ["- seed\n", "seed\n", "3\n"])
    def test_that_is_no_mapping(self, tmp_path: Path, text: str):
        with pytest.raises(ConfigError, match="must be a mapping"):
            load(write(tmp_path / "c.yaml", text))

    def test_that_gives_a_key_twice(self, tmp_path: Path):
        file = write(tmp_path / "c.yaml", "source: {updates: 1}\nseed: 1\nsource: {batch: 2}\n")
        with pytest.raises(ConfigError, match="the key 'source' is given twice"):
            load(file)

    def test_that_runs_code_is_refused(self, tmp_path: Path):
        file = write(tmp_path / "c.yaml", "seed: !!python/object/apply:os.getpid []\n")
        with pytest.raises(ConfigError, match=r"the tag .* is not taken"):
            load(file)
