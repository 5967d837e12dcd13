"""Building the executor that a configuration asks for."""

from pathlib import Path

from taskaffinity.config import Config
from taskaffinity.data.keep import cache_root
from taskaffinity.engine.executors import Executor
from taskaffinity.engine.executors.local import LocalExecutor
from taskaffinity.engine.supplies import FolderSupplies
from taskaffinity.jobs.worker import DATA, SOURCES, TASKS, Context
from taskaffinity.runs.folder import RunFolder
from taskaffinity.training.devices import devices_of
from taskaffinity.training.experiment import Experiment


def check_executor(config: Config) -> None:
    """Refuse devices that are not there, and a cluster that does not answer.

    Raises
    ------
    InputError
        Says what is missing, and what to do.
    """
    if config.executor.kind == "ray":
        from taskaffinity.engine.executors.ray import check

        check(config.executor)
    else:
        devices_of(config)


def make_executor(experiment: Experiment, folder: RunFolder) -> Executor:
    """Build the executor of a run, and put into its folder what workers start from."""
    config = experiment.config
    folder.write_initial(experiment.initial.parameters if experiment.initial else None)
    if config.executor.kind == "ray":
        return _make_ray(experiment, folder)
    return LocalExecutor(local_context(experiment, folder), devices_of(config))


def local_context(experiment: Experiment, folder: RunFolder) -> Context:
    """Return what a worker on this machine opens the experiment from."""
    supplies = FolderSupplies(RunFolder(folder.path.resolve()), _shared_folders(experiment))
    return Context(experiment.config, list(experiment.tasks), supplies)


def _make_ray(experiment: Experiment, folder: RunFolder) -> Executor:
    from taskaffinity.engine.executors.folders import manifest_of
    from taskaffinity.engine.executors.ray import RayExecutor, connect, pick_slots, resources
    from taskaffinity.engine.executors.ray_store import ObjectStore, SentSupplies, manifest_of_small

    config, folders = experiment.config, _shared_folders(experiment)
    owns_ray = connect(config.executor)
    manifests = {
        role: tuple(
            manifest_of(path, experiment.data.identity) if role == DATA else manifest_of_small(path)
            for path in paths
        )
        for role, paths in folders.items()
    }
    supplies = SentSupplies(manifests, cache_root)
    context = Context(config, list(experiment.tasks), supplies)
    store = ObjectStore(folder, [manifest for role in manifests.values() for manifest in role])
    return RayExecutor(context, pick_slots(config.executor, resources()), supplies, store, owns_ray)


def _shared_folders(experiment: Experiment) -> dict[str, tuple[Path, ...]]:
    """Return the folders that workers need, by role."""
    config = experiment.config
    return {
        DATA: (experiment.data.folder.resolve(),),
        TASKS: tuple(folder.resolve() for folder in config.tasks.folders),
        SOURCES: tuple(folder.resolve() for folder in config.sources.folders),
    }
