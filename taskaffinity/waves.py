"""Higher orders: a second wave of transfers, chosen by what the first one measured."""

from taskaffinity.schedule.plan import Plan, make_plan, read_state, with_source_sets
from taskaffinity.store import RunFolder
from taskaffinity.training.experiment import Experiment


def plan_waves(experiment: Experiment, folder: RunFolder) -> list[Plan]:
    """Plan the waves of a run as far as the disk tells: each plan holds the one before it.

    The first wave is every first-order transfer. Where ``transfer.orders`` asks for more, the second adds the
    source sets that `taskaffinity.analysis.orders.plan_orders` names, once the first is done.

    Returns
    -------
    list
        One plan, or two where the second can be planned already.
    """
    first = make_plan(experiment)
    orders = [order for order in experiment.config.transfer.orders if order > 1]
    if not orders or len(read_state(first, folder).done) < len(first.jobs):
        return [first]
    from taskaffinity.analysis import analyse, plan_orders

    losses = folder.losses_table(list(first.cells))
    chosen = plan_orders(analyse(losses, resamples=0).affinities, orders)
    return [first, with_source_sets(first, experiment, chosen)]
