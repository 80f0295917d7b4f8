"""Work on a cluster of two machines, take one away without a word, bring another; print what came back."""

import json
import os
import sys

os.environ |= {
    "RAY_AUTH_MODE": "token",
    "RAY_AUTH_TOKEN": "0123456789abcdef" * 2,
    "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",  # stay on the loopback interface
    "RAY_USAGE_STATS_ENABLED": "0",
}

import ray
from ray.cluster_utils import Cluster

from datatools.crews import Needs, joining
from datatools.crews.ray import RayCrew
from tests.unit.crews import toys

N_TASKS = 80  # of 0.05 s


def main() -> None:
    """Remove a machine after the first result and add one after half of them."""
    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
    leaving = cluster.add_node(num_cpus=1)
    os.environ["RAY_ADDRESS"] = cluster.address
    came = []
    for task, _ in RayCrew(2).work(toys.pids, list(range(N_TASKS)), Needs(chunk=1)):
        came.append(task)
        if len(came) == 1:
            cluster.remove_node(leaving, allow_graceful=False)
        if len(came) == N_TASKS // 2:
            cluster.add_node(num_cpus=1)
    machines = ray.nodes()  # type: ignore[no-untyped-call]  # Ray does not annotate it
    json.dump({"came": came, "n_machines": len(machines)}, sys.stdout)
    joining.leave()
    cluster.shutdown()  # type: ignore[no-untyped-call]


if __name__ == "__main__":
    main()
