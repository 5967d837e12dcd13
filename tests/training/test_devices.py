import pytest

from taskaffinity.errors import InputError
from taskaffinity.processes import cores
from taskaffinity.training.devices import pick_devices


class TestPickDevices:
    def test_gives_one_core_to_each_worker(self):
        assert pick_devices("cpu", 3) == ["cpu"] * 3
        assert pick_devices("cpu", None) == ["cpu"] * cores()

    @pytest.mark.parametrize(
        ("device", "workers", "picked"),
        [
            ("auto", None, ["cuda:0", "cuda:1"]),
            ("cuda", 3, ["cuda:0", "cuda:1", "cuda:0"]),
            ("cuda:1", None, ["cuda:1"]),
            ("cuda:1", 2, ["cuda:1", "cuda:1"]),
            ("cpu", 1, ["cpu"]),
        ],
    )
    def test_spreads_workers_over_gpus(
        self, monkeypatch: pytest.MonkeyPatch, device: str, workers: int | None, picked: list[str]
    ):
        monkeypatch.setattr("torch.cuda.device_count", lambda: 2)
        assert pick_devices(device, workers) == picked

    @pytest.mark.parametrize("device", ["cuda", "cuda:2"])
    def test_refuses_a_gpu_that_is_not_there(self, monkeypatch: pytest.MonkeyPatch, device: str):
        monkeypatch.setattr("torch.cuda.device_count", lambda: 0 if device == "cuda" else 2)
        with pytest.raises(InputError, match=f"{device} is not there, torch sees . GPUs; set it to cpu"):
            pick_devices(device, None)
