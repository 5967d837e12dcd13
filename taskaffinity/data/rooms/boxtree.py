"""A tree of boxes around triangles, walked by many rays at once in NumPy.

The tree splits triangles where that makes the boxes least likely to be met (the surface area heuristic of
Goldsmith and Salmon 1987) until few are left. Every ray has a stack of nodes of its own; a step pops one node
of each ray, and pushes its children or meets the triangles of a leaf (Möller and Trumbore 1997).

Axis legend: S rays, T triangles, K triangles of a leaf, N nodes.
"""

import numpy as np

LEAF = 6  # triangles in a leaf, at most
TOGETHER = 16384  # rays that are walked at once: their state stays in the processor's cache
EDGE = 1e-7  # weights that far below zero still hit: no ray slips between two triangles
SLACK = 1e-6  # metres by which boxes are larger than what they hold, so that no rounding hides it
TINY = 1e-30  # in place of a direction of zero
GRAZING = 1e-12  # determinant under which a triangle is seen edge on

Hits = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


class BoxTree:
    """Triangles (T, 3, 3) in a tree of boxes."""

    def __init__(self, corners: np.ndarray) -> None:
        self._corners = corners.astype(float)
        self._low: list[np.ndarray] = []
        self._high: list[np.ndarray] = []
        self._children: list[tuple[int, int]] = []
        self._leaves: list[np.ndarray] = []
        self._depth = 0
        self._grow(np.arange(len(corners)), self._corners.mean(axis=1), 1)
        self.low, self.high = np.array(self._low) - SLACK, np.array(self._high) + SLACK
        self.children = np.array(self._children)  # of a leaf: -1, and its number among the leaves
        self.members = np.full((len(self._leaves), LEAF), -1)
        for number, members in enumerate(self._leaves):
            self.members[number, : len(members)] = members

    def _grow(self, members: np.ndarray, centres: np.ndarray, depth: int) -> int:
        """Add the node of some triangles, and all below it; return its number."""
        number, self._depth = len(self._low), max(self._depth, depth)
        box = self._corners[members].reshape(-1, 3)
        self._low.append(box.min(axis=0))
        self._high.append(box.max(axis=0))
        self._children.append((-1, len(self._leaves)))
        if len(members) <= LEAF:
            self._leaves.append(members)
            return number
        left, right = self._split(members, centres[members])
        first = self._grow(left, centres, depth + 1)
        self._children[number] = first, self._grow(right, centres, depth + 1)
        return number

    def _split(self, members: np.ndarray, centres: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Split triangles where the surfaces of the two boxes, weighed by their triangles, are least."""
        best, least = (members[: len(members) // 2], members[len(members) // 2 :]), np.inf
        low, high = self._corners[members].min(axis=1), self._corners[members].max(axis=1)
        counts = np.arange(1, len(members))
        for axis in range(3):
            order = np.argsort(centres[:, axis], kind="stable")
            before = _surface(low[order], high[order])[:-1]
            after = _surface(low[order][::-1], high[order][::-1])[::-1][1:]
            costs = before * counts + after * counts[::-1]
            at = int(costs.argmin())
            if costs[at] < least:
                least, best = float(costs[at]), (members[order[: at + 1]], members[order[at + 1 :]])
        return best

    def first(
        self, origins: np.ndarray, directions: np.ndarray, most: float, any_will_do: bool = False
    ) -> Hits:
        """Find the first triangle on each ray, nearer than `most`.

        Parameters
        ----------
        origins, directions
            (S, 3).
        most
            In units of the directions.
        any_will_do
            Stop at any triangle nearer than `most`.

        Returns
        -------
        tuple
            Triangle (-1 where there is none), distance (`most` there), and the weights of the second and the
            third corner; (S,) each.
        """
        parts = [
            _Traversal(
                self, origins[s : s + TOGETHER], directions[s : s + TOGETHER], most, any_will_do
            ).hits()
            for s in range(0, max(1, len(origins)), TOGETHER)
        ]
        triangle, distance, u, v = (np.concatenate(part) for part in zip(*parts, strict=True))
        return triangle, distance, u, v


def _surface(low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Return half the surface of the box around the first one, two, ... boxes."""
    sides = np.maximum.accumulate(high) - np.minimum.accumulate(low)
    return sides[:, 0] * sides[:, 1] + sides[:, 1] * sides[:, 2] + sides[:, 2] * sides[:, 0]


class _Traversal:
    """Some rays on their way through a tree."""

    def __init__(
        self, tree: BoxTree, origins: np.ndarray, directions: np.ndarray, most: float, any_will_do: bool
    ) -> None:
        self.tree, self.any_will_do = tree, any_will_do
        self.origins, self.directions = origins.astype(float), directions.astype(float)
        steady = np.where(np.abs(self.directions) < TINY, np.copysign(TINY, self.directions), self.directions)
        self.inverse = 1 / steady
        count = len(origins)
        self.triangle = np.full(count, -1)
        self.distance = np.full(count, float(most))
        self.u, self.v = np.zeros(count), np.zeros(count)
        self.stack = np.zeros((count, tree._depth + 2), np.int32)
        self.height = np.ones(count, np.int32)  # of the stack; it holds the root

    def hits(self) -> Hits:
        rays = np.arange(len(self.origins))
        while len(rays):
            self.height[rays] -= 1
            nodes = self.stack[rays, self.height[rays]]
            entered = self._enters(rays, nodes)
            inside, nodes = rays[entered], nodes[entered]
            children = self.tree.children[nodes]
            is_leaf = children[:, 0] < 0
            self._meet(inside[is_leaf], self.tree.members[children[is_leaf, 1]])
            self._push(inside[~is_leaf], children[~is_leaf])
            rays = rays[self.height[rays] > 0]
            if self.any_will_do:
                rays = rays[self.triangle[rays] < 0]
        return self.triangle, self.distance, self.u, self.v

    def _enters(self, rays: np.ndarray, nodes: np.ndarray) -> np.ndarray:
        """Tell which rays go through the boxes of nodes, before their nearest hit so far."""
        origins, inverse = self.origins[rays], self.inverse[rays]
        one = (self.tree.low[nodes] - origins) * inverse
        two = (self.tree.high[nodes] - origins) * inverse
        swapped = np.minimum(one, two)
        near = np.maximum(np.maximum(swapped[:, 0], swapped[:, 1]), swapped[:, 2])
        swapped = np.maximum(one, two)
        far = np.minimum(np.minimum(swapped[:, 0], swapped[:, 1]), swapped[:, 2])
        return (far >= near) & (far >= 0) & (near < self.distance[rays])

    def _push(self, rays: np.ndarray, children: np.ndarray) -> None:
        """Put the children on the stacks, the nearer one on top."""
        boxes = self.tree.low[children] + self.tree.high[children] - 2 * self.origins[rays][:, None]
        ahead = np.einsum("rck,rk->rc", boxes, self.directions[rays])
        nearer = (ahead[:, 1] < ahead[:, 0]).astype(int)
        row, height = np.arange(len(rays)), self.height[rays]
        self.stack[rays, height] = children[row, 1 - nearer]
        self.stack[rays, height + 1] = children[row, nearer]
        self.height[rays] += 2

    def _meet(self, rays: np.ndarray, members: np.ndarray) -> None:
        """Meet the triangles (rays, K) of leaves, and keep what is nearer than before."""
        if not len(rays):
            return
        corners = self.tree._corners[members]
        base = corners[:, :, 0]
        one, two = corners[:, :, 1] - base, corners[:, :, 2] - base
        direction = self.directions[rays][:, None]
        across = np.cross(direction, two)
        determinant = np.einsum("rkc,rkc->rk", one, across)
        determinant[np.abs(determinant) < GRAZING] = np.nan
        offset = self.origins[rays][:, None] - base
        turned = np.cross(offset, one)
        u = np.einsum("rkc,rkc->rk", offset, across) / determinant
        v = np.einsum("rkc,rkc->rk", np.broadcast_to(direction, turned.shape), turned) / determinant
        distance = np.einsum("rkc,rkc->rk", two, turned) / determinant
        with np.errstate(invalid="ignore"):
            good = (u >= -EDGE) & (v >= -EDGE) & (u + v <= 1 + EDGE) & (distance > 0) & (members >= 0)
        distance = np.where(good, distance, np.inf)
        row, best = np.arange(len(rays)), distance.argmin(axis=1)
        won = np.flatnonzero(distance[row, best] < self.distance[rays])
        rays, best = rays[won], best[won]
        self.triangle[rays], self.distance[rays] = members[won, best], distance[won, best]
        self.u[rays], self.v[rays] = u[won, best], v[won, best]
