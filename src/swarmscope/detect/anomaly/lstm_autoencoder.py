"""Agents whose last minutes a recurrent network cannot reproduce."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from swarmscope.detect import base
from swarmscope.detect.anomaly.scores import Z_CLIP, against, bad_side, judgeable, shares_of, unsaid, whole
from swarmscope.detect.anomaly.sides import own
from swarmscope.errors import PluginError
from swarmscope.window import Panel

F32 = NDArray[np.float32]
SEED = 1
STRIDE = 3  # half a minute
TRAIN_MAX, BATCH = 1_024, 64
TRAIN_SHARE = 0.7


class LstmAutoencoder(base.ShortlistDetector):
    """Whole agents whose course over the last minutes is unlike the courses that a recurrent network learned.

    An LSTM reads `steps` half minutes of all signals into one state, a second one unrolls them again. It is trained on the
    courses before of all agents on the shortlist. Where the share of the newest course that it fails to reproduce passes
    `threshold`, that share is compared with its failures on courses that it was not trained on. Runs in the worker process
    and needs the extra `lstm` (`pip install 'swarmscope[lstm]'`).

        [detect]
        on = ["lstm_autoencoder"]

        [plugins.options.detector.lstm_autoencoder]
        threshold = 0.3

    Sources: Malhotra et al., LSTM-based Encoder-Decoder, ICML AD Workshop 2016; Hochreiter & Schmidhuber 1997; JAX.
    """

    class Options(base.Options, frozen=True, forbid_unknown_fields=True):
        """threshold: share that is not reproduced. steps, width, rounds: of the network and its training."""

        threshold: Annotated[
            float,
            msgspec.Meta(
                ge=0, le=1, description="share of the course that is not reproduced", extra={"sensitive": (0.6, 0.1)}
            ),
        ] = 0.3
        steps: Annotated[int, msgspec.Meta(ge=3, le=12, description="half minutes of a course")] = 6
        width: Annotated[int, msgspec.Meta(ge=2, le=128, description="width of the state")] = 16
        rounds: Annotated[int, msgspec.Meta(ge=5, le=2000, description="steps of training")] = 150

    name: ClassVar[str] = "lstm_autoencoder"
    kinds: ClassVar[tuple[str, ...]] = ("unusual_combination",)
    by_default: ClassVar[bool] = False

    def judge(self, seen: Panel) -> base.Scores:
        """Tails of the share that is not reproduced, one row. PluginError: the extra is missing."""
        n = len(seen.agents)
        z, used = _courses_of(seen)
        steps = self.options.steps
        starts = range(0, z.shape[0] - 2 * steps + 1, 2)
        before = [z[s : s + steps] for s in starts]
        if not before or n < 8 or used.sum() < 2:
            return unsaid(seen, used)
        rng = np.random.default_rng(SEED)
        rows = rng.permutation(np.concatenate(before, 1).transpose(1, 0, 2))[:TRAIN_MAX]
        cut = max(int(TRAIN_SHARE * len(rows)), 1)
        now = z[-steps:].transpose(1, 0, 2)
        predict = self._trained(rows[:cut])
        wrong, usual = now - predict(now), rows[cut:] - predict(rows[cut:])
        size = np.square(wrong).mean((1, 2))
        lost = size / (np.square(now).mean((1, 2)) + np.square(rows).mean())
        tail = np.where(lost >= self.options.threshold, against(size, np.square(usual).mean((1, 2))), 1.0)
        shares = shares_of(bad_side(np.sqrt(np.square(wrong).mean(1)), seen, used), used, n)
        return whole(size, tail, shares, judgeable(seen, used))

    def _trained(self, rows: F32) -> Any:
        """A function that reproduces courses (rows, steps, signals)."""
        try:
            import jax
        except ImportError as e:
            raise PluginError("lstm_autoencoder needs jax: pip install 'swarmscope[lstm]'") from e
        import jax.numpy as jnp

        width, signals = self.options.width, rows.shape[2]
        keys = jax.random.split(jax.random.PRNGKey(SEED), 4)
        scale = 1 / np.sqrt(width)
        parameters = {
            "read": jax.random.normal(keys[0], (signals + width + 1, 4 * width)) * scale,
            "write": jax.random.normal(keys[1], (signals + width + 1, 4 * width)) * scale,
            "out": jax.random.normal(keys[2], (width + 1, signals)) * scale,
        }

        def cell(weights: Any, state: Any, x: Any) -> Any:
            hidden, memory = state
            gates = jnp.concatenate((x, hidden, jnp.ones((x.shape[0], 1))), 1) @ weights
            i, f, o, g = jnp.split(gates, 4, axis=1)
            memory = jax.nn.sigmoid(f + 1) * memory + jax.nn.sigmoid(i) * jnp.tanh(g)
            return jax.nn.sigmoid(o) * jnp.tanh(memory), memory

        def reproduce(p: Any, x: Any) -> Any:
            course = jnp.swapaxes(x, 0, 1)
            state = (jnp.zeros((x.shape[0], width)), jnp.zeros((x.shape[0], width)))
            state, _ = jax.lax.scan(lambda s, row: (cell(p["read"], s, row), None), state, course)

            def unroll(carry: Any, _: Any) -> Any:
                s, last = carry
                s = cell(p["write"], s, last)
                value = jnp.concatenate((s[0], jnp.ones((x.shape[0], 1))), 1) @ p["out"]
                return (s, value), value

            _, values = jax.lax.scan(unroll, (state, jnp.zeros((x.shape[0], signals))), None, length=x.shape[1])
            return jnp.swapaxes(values, 0, 1)[:, ::-1]  # the newest first: it is freshest in the state

        def step(carry: Any, batch: Any) -> Any:
            p, first, second, t = carry
            slope = jax.grad(lambda q: jnp.square(reproduce(q, batch) - batch).mean())(p)
            first = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, first, slope)
            second = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, second, slope)
            rate = 0.01 * jnp.sqrt(1 - 0.999**t) / (1 - 0.9**t)
            p = jax.tree.map(lambda w, m, v: w - rate * m / (jnp.sqrt(v) + 1e-8), p, first, second)
            return (p, first, second, t + 1), None

        chosen = np.random.default_rng(SEED).integers(0, len(rows), (self.options.rounds, min(BATCH, len(rows))))
        zeros = jax.tree.map(jnp.zeros_like, parameters)
        train = jax.jit(lambda p, batches: jax.lax.scan(step, (p, zeros, zeros, 1.0), batches)[0][0])
        trained = train(parameters, jnp.asarray(rows[chosen], jnp.float32))
        ready = jax.jit(reproduce)
        return lambda x: np.asarray(ready(trained, jnp.asarray(x, jnp.float32)), np.float64)


def _courses_of(seen: Panel) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """z of every half minute, (steps, agents, used signals), the newest last; gaps are 0."""
    x = seen.x[(len(seen.x) - 1) % STRIDE :: STRIDE]
    with np.errstate(all="ignore"):
        z = (x - seen.mean) / seen.deviation
    now = own(seen.z, seen)
    used = np.isfinite(now).mean(1) > 0.3 if now.shape[1] else np.zeros(len(now), np.bool_)
    filled = np.clip(np.nan_to_num(z[:, used], nan=0.0, posinf=Z_CLIP, neginf=-Z_CLIP), -Z_CLIP, Z_CLIP)
    return filled.transpose(0, 2, 1).astype(np.float64), used
