import pytest

from taskaffinity.errors import InputError
from taskaffinity.processes import cores
from taskaffinity.training.devices import pick_devices


class TestPickDevices:
    def test_gives_one_core_to_each_worker(self):
        assert pick_devices("cpu", 3, 1.0) == ["cpu"] * 3
        assert pick_devices("cpu", None, 1.0) == ["cpu"] * cores()

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
        assert pick_devices(device, workers, 1.0) == picked

    @pytest.mark.parametrize(("share", "workers"), [(1.0, 2), (0.5, 4), (0.25, 8), (0.1, 16), (2.0, 2)])
    def test_puts_as_many_on_a_gpu_as_their_share_and_the_cores_allow(
        self, monkeypatch: pytest.MonkeyPatch, share: float, workers: int
    ):
        monkeypatch.setattr("torch.cuda.device_count", lambda: 2)
        monkeypatch.setattr("taskaffinity.training.devices.cores", lambda: 16)
        picked = pick_devices("cuda", None, share)
        assert len(picked) == workers
        assert picked.count("cuda:0") == picked.count("cuda:1") == workers // 2

    @pytest.mark.parametrize("device", ["cuda", "cuda:2"])
    def test_refuses_a_gpu_that_is_not_there(self, monkeypatch: pytest.MonkeyPatch, device: str):
        monkeypatch.setattr("torch.cuda.device_count", lambda: 0 if device == "cuda" else 2)
        with pytest.raises(InputError, match=f"{device} is not there, torch sees . GPUs; set it to cpu"):
            pick_devices(device, None, 1.0)
