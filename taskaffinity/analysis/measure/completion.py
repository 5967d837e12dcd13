"""Completing a matrix of which a few cells were measured: Bayesian factors, drawn by Gibbs sampling.

Axes: c chains, T targets (rows), S sources (columns), r factors, k covariates, d draws, p tasks that are
both.

    y_ts = a_t + g_t (w_t · v_s + Σ_k β_k x_tsk + e_ts) ,     e_ts ~ N(0, σ²)

A target's affinities may hardly differ, or differ by orders of magnitude; its scale g_t says so. w_t ~ N(μ,
Λ⁻¹), and v_s ~ N(c + B w_s, I) where source s is a task that is a target as well: what serves a task well
is served well by it, about as often as not, and B says how far. A source that is no target has v_s ~ N(0,
I). All of a, g, w, v, β, μ, Λ, B, c and σ are drawn. After R. Salakhutdinov and A. Mnih, "Bayesian
probabilistic matrix factorization using Markov chain Monte Carlo" (ICML 2008); the scales, the tie B and
the covariates are ours.

Draws of a cell that was not measured hold the noise e_ts too: it is what nobody knows of that cell until it
is measured.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

FACTORS = 3
CHAINS, BURN_IN, KEPT, THIN = (
    8,
    80,
    4,
    6,
)  # chains; sweeps of each before the first draw; draws; sweeps between
NOISE_SHAPE = 2.0  # of the prior of 1 / σ²
SCALES = np.exp(np.linspace(np.log(0.03), np.log(6.0), 40))  # of rows, relative to the whole matrix


@dataclass(frozen=True)
class Completion:
    """Draws from what a matrix may be, given the cells that were measured.

    Attributes
    ----------
    draws
        float64 (d, T, S). Measured cells have their value in every draw.
    """

    draws: np.ndarray

    @property
    def mean(self) -> np.ndarray:
        """The mean of the draws, (T, S)."""
        return self.draws.mean(axis=0)

    @property
    def spread(self) -> np.ndarray:
        """The standard deviation of the draws, (T, S); 0 where a cell was measured."""
        return self.draws.std(axis=0)


def complete(
    measured: np.ndarray,
    covariates: np.ndarray | None = None,
    pairs: Sequence[tuple[int, int]] = (),
    *,
    factors: int = FACTORS,
    seed: int = 0,
) -> Completion:
    """Draw the cells of a matrix that were not measured.

    Parameters
    ----------
    measured
        float64 (T, S), NaN where a cell was not measured. Values on an additive scale, such as logarithms of
        affinities.
    covariates
        float64 (T, S, k), numbers that may tell something of every cell; NaN, where one is unknown, counts as
        the mean. None for none.
    pairs
        Row and column of each task that is both a target and a source.
    factors
        r, how many factors there are at most; what the cells do not support is shrunk.
    seed
        Of the draws. The same numbers give the same draws.

    Returns
    -------
    Completion
        CHAINS · KEPT draws.
    """
    known = ~np.isnan(measured)
    if not known.any():
        return Completion(np.zeros((CHAINS * KEPT, *measured.shape)))
    shift, scale = _scale(measured)
    x = _standardised(covariates, measured.shape)
    sampler = _Sampler((measured - shift) / scale, x, pairs, factors, seed)
    for _ in range(BURN_IN):
        sampler.sweep()
    kept = []
    for _ in range(KEPT):
        for _ in range(THIN):
            sampler.sweep()
        kept.append(sampler.predict())
    draws = np.concatenate(kept) * scale + shift
    draws[:, known] = measured[known]
    return Completion(draws)


def _scale(measured: np.ndarray) -> tuple[float, float]:
    """Return the mean of the cells, and their spread within rows, at least a little."""
    rows = [row[~np.isnan(row)] for row in measured]
    within = np.concatenate([row - row.mean() for row in rows if len(row)])
    every = np.concatenate(rows)
    freedom = len(within) - sum(len(row) > 0 for row in rows)
    spread = float(np.sqrt((within**2).sum() / freedom)) if freedom > 0 else float(every.std())
    return float(every.mean()), max(spread, 1e-6 * float(np.abs(every).max()), 1e-12)


def _standardised(covariates: np.ndarray | None, shape: tuple[int, ...]) -> np.ndarray:
    """Return covariates with mean 0 and spread 1, unknown ones 0: (T, S, k)."""
    if covariates is None:
        return np.zeros((*shape, 0))
    known = ~np.isnan(covariates)
    count = np.maximum(known.sum(axis=(0, 1)), 1)
    mean = np.where(known, covariates, 0.0).sum(axis=(0, 1)) / count
    centred = np.where(known, covariates - mean, 0.0)
    return centred / np.maximum(np.sqrt((centred**2).sum(axis=(0, 1)) / count), 1e-12)


class _Sampler:
    """The state of all chains, and one sweep over it."""

    def __init__(
        self, y: np.ndarray, x: np.ndarray, pairs: Sequence[tuple[int, int]], factors: int, seed: int
    ) -> None:
        self.random = np.random.default_rng(seed)
        self.known = (~np.isnan(y)).astype(float)  # (T, S)
        self.count = self.known.sum(axis=1)
        self.y, self.x = np.nan_to_num(y), x
        T, S = y.shape
        r = factors
        self.row, self.column = np.array(pairs, int).reshape(-1, 2).T
        self.a = np.zeros((CHAINS, T))
        self.g = np.ones((CHAINS, T))
        self.w = self.random.standard_normal((CHAINS, T, r))
        self.v = self.random.standard_normal((CHAINS, S, r))
        self.mu, self.lam = np.zeros((CHAINS, r)), np.tile(np.eye(r), (CHAINS, 1, 1))
        self.tie = np.zeros((CHAINS, r + 1, r))  # (c, B)
        self.precision = np.ones(CHAINS)  # 1 / σ²
        self.beta = np.zeros((CHAINS, x.shape[2]))
        self.level = np.ones(CHAINS)  # precision of the a_t
        self.scale_mean, self.scale_precision = np.full(CHAINS, -0.5), np.ones(CHAINS)

    def sweep(self) -> None:
        """Draw every block once, given the others."""
        prior_precision, prior_moment = self._row_prior()
        self._draw_scales(prior_precision, prior_moment)
        self._draw_rows(prior_precision, prior_moment)
        self._draw_hyper()
        self._draw_columns()
        self._draw_tie()
        self._draw_noise()
        if self.beta.shape[1]:
            self._draw_covariates()

    def predict(self) -> np.ndarray:
        """Draw all cells, noise included: (c, T, S)."""
        mean = self.w @ np.swapaxes(self.v, 1, 2) + self._covariates_part()
        noise = self.random.standard_normal(mean.shape) / np.sqrt(self.precision)[:, None, None]
        return self.a[:, :, None] + self.g[:, :, None] * (mean + noise)

    def _covariates_part(self) -> np.ndarray:
        return np.einsum("ck,tsk->cts", self.beta, self.x)

    def _row_prior(self) -> tuple[np.ndarray, np.ndarray]:
        """Return precision (c, T, r, r) and precision times mean (c, T, r) of w_t, given its own source."""
        T = self.w.shape[1]
        precision = np.tile(self.lam[:, None], (1, T, 1, 1))
        moment = np.tile((self.lam @ self.mu[..., None])[:, None, :, 0], (1, T, 1))
        if len(self.row):
            B = self.tie[:, 1:]  # v = c + w B
            precision[:, self.row] += (B @ np.swapaxes(B, 1, 2))[:, None]
            left = self.v[:, self.column] - self.tie[:, :1]
            moment[:, self.row] += left @ np.swapaxes(B, 1, 2)
        return precision, moment

    def _draw_scales(self, prior: np.ndarray, moment: np.ndarray) -> None:
        """Draw g_t on a grid, with w_t integrated out.

        With z = (y − a) / g ~ N(f, C), log p(y | g) = −n log g − ½ (q₂ / g² − 2 q₁ / g) + const.
        """
        z = (self.y - self.a[:, :, None]) * self.known
        offset = self._covariates_part() * self.known
        tau = self.precision[:, None]
        gram = tau[..., None, None] * _grams(self.known, self.v)
        inverse = np.linalg.inv(gram + prior)
        zv, ov = z @ self.v, offset @ self.v
        centre = tau[..., None] * zv
        rest = moment - tau[..., None] * ov
        q2 = tau * (z * z).sum(2) - np.einsum("cti,ctij,ctj->ct", centre, inverse, centre)
        q1 = tau * (z * offset).sum(2) + np.einsum("cti,ctij,ctj->ct", centre, inverse, rest)
        log_g = np.log(SCALES)
        score = -self.count[None, :, None] * log_g - 0.5 * (
            q2[..., None] / SCALES**2 - 2.0 * q1[..., None] / SCALES
        )
        distance = log_g - self.scale_mean[:, None]
        score -= 0.5 * (self.scale_precision[:, None] * distance**2)[:, None]
        gumbel = -np.log(-np.log(self.random.random(score.shape)))
        self.g = SCALES[(score + gumbel).argmax(axis=2)]
        logs = np.log(self.g)
        T = logs.shape[1]
        spread = self.random.standard_normal(len(logs)) / np.sqrt(T * self.scale_precision + 1.0)
        self.scale_mean = (self.scale_precision * logs.sum(1) - 0.5) / (
            T * self.scale_precision + 1.0
        ) + spread
        squares = ((logs - self.scale_mean[:, None]) ** 2).sum(axis=1)
        self.scale_precision = self.random.gamma(2.0 + T / 2, 1.0, len(logs)) / (1.0 + squares / 2)

    def _draw_rows(self, prior: np.ndarray, moment: np.ndarray) -> None:
        """Draw a_t and w_t together."""
        c, T, r = self.w.shape
        tau, g = self.precision[:, None], self.g
        rest = (self.y - g[..., None] * self._covariates_part()) * self.known
        design = self.v
        full = np.zeros((c, T, r + 1, r + 1))
        full[:, :, 0, 0] = tau / g**2 * self.count + self.level[:, None]
        cross = (tau / g)[..., None] * (self.known @ design)
        full[:, :, 0, 1:] = full[:, :, 1:, 0] = cross
        full[:, :, 1:, 1:] = tau[..., None, None] * _grams(self.known, design) + prior
        right = np.concatenate(
            [(tau / g**2 * rest.sum(axis=2))[..., None], (tau / g)[..., None] * (rest @ design) + moment],
            axis=2,
        )
        drawn = _gaussian(self.random, full, right)
        self.a, self.w = drawn[..., 0], drawn[..., 1:]
        squares = (self.a**2).sum(axis=1)
        self.level = self.random.gamma(1.0 + T / 2, 1.0, c) / (1.0 + squares / 2)

    def _standard(self) -> np.ndarray:
        """Return what the factors have to explain: (y − a) / g − Σ β x, (c, T, S)."""
        return (self.y - self.a[:, :, None]) / self.g[:, :, None] - self._covariates_part()

    def _draw_columns(self) -> None:
        c, T, r = self.w.shape
        outer = (self.w[..., :, None] * self.w[..., None, :]).reshape(c, T, r * r)
        tau = self.precision[:, None, None]
        gram = tau[..., None] * (self.known.T @ outer).reshape(c, -1, r, r)
        right = tau * (np.swapaxes(self._standard() * self.known, 1, 2) @ self.w)
        if len(self.row):
            right[:, self.column] += self.tie[:, :1] + self.w[:, self.row] @ self.tie[:, 1:]
        self.v = _gaussian(self.random, gram + np.eye(r), right)

    def _draw_tie(self) -> None:
        """Draw c and B from a regression of v_s on w_s; each entry has a prior of spread ½."""
        if not len(self.row):
            return
        w = self.w[:, self.row]
        design = np.concatenate([np.ones((*w.shape[:2], 1)), w], axis=2)
        gram = np.swapaxes(design, 1, 2) @ design + 4.0 * np.eye(design.shape[2])
        right = np.swapaxes(design, 1, 2) @ self.v[:, self.column]  # (c, r+1, r)
        columns = [_gaussian(self.random, gram, right[..., i]) for i in range(right.shape[2])]
        self.tie = np.stack(columns, axis=2)

    def _draw_hyper(self) -> None:
        """Draw μ and Λ from their posterior; the prior counts as one row of mean 0 and spread 1."""
        T, r = self.w.shape[1:]
        mean = self.w.mean(axis=1)
        centred = self.w - mean[:, None]
        scatter = np.swapaxes(centred, 1, 2) @ centred
        scatter += np.eye(r) + T / (T + 1.0) * mean[..., :, None] * mean[..., None, :]
        self.lam = _wishart(self.random, np.linalg.inv(scatter), r + 1.0 + T)
        self.mu = _gaussian(self.random, (T + 1.0) * self.lam, (self.lam @ (T * mean)[..., None])[..., 0])

    def _draw_noise(self) -> None:
        error = (self._standard() - self.w @ np.swapaxes(self.v, 1, 2)) * self.known
        rate = 0.5 + (error**2).sum(axis=(1, 2)) / 2.0
        self.precision = self.random.gamma(NOISE_SHAPE + self.known.sum() / 2.0, 1.0, len(rate)) / rate

    def _draw_covariates(self) -> None:
        left = self._standard() + self._covariates_part() - self.w @ np.swapaxes(self.v, 1, 2)
        c, k = self.beta.shape
        x = self.x.reshape(-1, k)
        gram = self.precision[:, None, None] * (x.T @ (self.known.reshape(-1, 1) * x)) + np.eye(k)
        right = self.precision[:, None] * ((self.known * left).reshape(c, -1) @ x)
        self.beta = _gaussian(self.random, gram, right)


def _grams(known: np.ndarray, design: np.ndarray) -> np.ndarray:
    """Return Σ_s known_ts z_s z_sᵀ for each row: (T, S), (c, S, q) → (c, T, q, q)."""
    c, S, q = design.shape
    outer = (design[..., :, None] * design[..., None, :]).reshape(c, S, q * q)
    return (known @ outer).reshape(c, -1, q, q)


def _gaussian(random: np.random.Generator, precision: np.ndarray, moment: np.ndarray) -> np.ndarray:
    """Draw from N(P⁻¹ m, P⁻¹): (…, q, q), (…, q) → (…, q)."""
    root = np.linalg.cholesky(precision)
    noise = random.standard_normal(moment.shape)
    half = np.linalg.solve(root, moment[..., None])
    return np.linalg.solve(np.swapaxes(root, -1, -2), half + noise[..., None])[..., 0]


def _wishart(random: np.random.Generator, scale: np.ndarray, freedom: float) -> np.ndarray:
    """Draw from the Wishart distribution by Bartlett's decomposition: (c, q, q) → (c, q, q)."""
    c, q, _ = scale.shape
    factor = np.zeros((c, q, q))
    for i in range(q):
        factor[:, i, i] = np.sqrt(random.chisquare(freedom - i, c))
        factor[:, i, :i] = random.standard_normal((c, i))
    root = np.linalg.cholesky(scale) @ factor
    return root @ np.swapaxes(root, 1, 2)
