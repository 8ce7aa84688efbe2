"""The two common gradient transforms: normalising and masking."""

import numpy as np
import pytest

from deepdream.ascent.transforms import RULES, normalized, weighted
from deepdream.errors import GradientError

BY_RULE = {
    "mean-abs": lambda g: g / np.abs(g).mean(),
    "rms": lambda g: g / np.sqrt(np.square(g).mean()),
    "std": lambda g: (g - g.mean()) / (g.std() + 1e-8),
    "none": lambda g: g,
}
"""Each rule in one line, on the whole gradient in double precision."""


def slopes(height=301, width=7):
    """A gradient with more rows than a strip."""
    return np.random.default_rng(1).normal(0.3, 1, (height, width, 3)).astype(np.float32)


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("strength", [1.0, -0.3])
def test_a_gradient_is_normalised_by_its_rule_over_the_whole_picture(rule, strength):
    gradient = slopes()
    expected = strength * BY_RULE[rule](gradient.astype(np.float64))
    assert normalized(gradient, rule=rule, strength=strength) is gradient
    np.testing.assert_allclose(gradient, expected, atol=1e-5)


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize(
    ("slope", "message"), [(0.0, "The gradient is zero everywhere."), (np.nan, "The gradient is not finite.")]
)
def test_a_gradient_that_is_zero_or_not_finite_raises(rule, slope, message):
    with pytest.raises(GradientError, match=f"^{message}$"):
        normalized(np.full((5, 6, 3), slope, np.float32), rule=rule)


def test_a_mask_multiplies_the_gradient_pixel_by_pixel():
    gradient = slopes()
    mask = np.random.default_rng(2).random((301, 7, 1), np.float32)
    mask[100:200] = 0
    before = gradient.copy()
    np.testing.assert_array_equal(weighted(gradient, weight=mask), before * mask)
