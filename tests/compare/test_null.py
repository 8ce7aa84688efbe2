"""Textures against noises of their spectrum: what is there by chance, and what is not."""

import numpy as np
import pytest
from scipy import ndimage

from deepdream.compare import claims, measures, null, similarity, spectrum, texture, verdicts
from deepdream.compare.null import Chance
from tests.compare.patterns import NOTHING, SIZE, checkerboard, grating, noise
from tests.compare.results import POOLS as POOLING
from tests.compare.results import blocks, pairs, result
from tests.support import random_picture


def tiled(share, seed):
    """Noise of which this share of the power is a tile that comes again."""
    rng = np.random.default_rng(seed)
    tile = np.tile(rng.normal(size=(20, 30, 3)), (11, 11, 1))[: SIZE[0], : SIZE[1]]
    return np.sqrt(share) * tile + np.sqrt(1 - share) * rng.normal(size=(*SIZE, 3))


def excess(added):
    """Repetitiveness beyond chance, and its spread."""
    chance = null.chance(added, {"repetition": lambda one: texture.repetition(one).height})["repetition"]
    return texture.repetition(added).height - chance.mean, chance.spread


@pytest.mark.parametrize("exponent", [0, 1])
def test_noises_have_the_spectrum_of_the_texture(exponent):
    added = noise(exponent, 3) * 0.1
    mine = [spectrum.curve(one)[1] for one in null.noises(added, 6)]
    theirs = spectrum.curve(added)[1]
    inside = slice(6, -3)  # many waves in each ring
    assert np.mean(mine, axis=0)[inside] == pytest.approx(theirs[inside], rel=0.25)


def test_noises_have_the_colours_of_the_texture():
    rng = np.random.default_rng(5)
    added = rng.normal(size=(*SIZE, 3)) @ np.array([[1.0, 0.5, 0.2], [0.0, 0.4, 0.1], [0.0, 0.0, 0.3]])
    found = np.mean([np.cov(one.reshape(-1, 3).T) for one in null.noises(added, 4)], axis=0)
    assert found == pytest.approx(np.cov(added.reshape(-1, 3).T), rel=0.05, abs=0.01)


def test_the_same_texture_has_the_same_noises():
    first, second = (next(null.noises(noise(1, 2))) for _ in range(2))
    assert (first == second).all()


@pytest.mark.parametrize("exponent", [0, 1])
def test_the_repeats_of_noise_are_those_of_chance(exponent):
    above, spread = excess(noise(exponent, 4))
    assert abs(above) < 4 * spread


@pytest.mark.parametrize("share", [0.2, 0.5])
def test_a_tile_in_noise_repeats_by_its_share_beyond_chance(share):
    above, spread = excess(tiled(share, 1))
    assert above == pytest.approx(share, abs=0.03)
    assert above > 10 * spread


def test_a_grating_repeats_beyond_its_spectrum():
    above, spread = excess(grating(12.5, 30))
    assert above > 10 * spread


def test_the_spectrum_itself_is_the_same_by_chance():
    """Wavelength and slope follow from the radial spectrum, and noise of that has them too: no null can judge them."""
    added = noise(1, 7)
    found = null.chance(added, {"slope": spectrum.slope})["slope"]
    assert found.mean == pytest.approx(spectrum.slope(added), abs=0.1)
    assert not measures.MEASURES["slope"].by_chance
    assert not measures.MEASURES["wavelength"].by_chance


def test_directions_and_grids_are_beyond_chance_where_there_are_any():
    kinds = {
        "spread": lambda added: texture.orientation(added).spread,
        "grid": lambda added: texture.orientation(added).grid,
        "part_size": texture.part_size,
    }
    stripes, squares, plain = (null.chance(one, kinds) for one in (grating(12.5, 30), checkerboard(8), noise(0, 2)))
    assert texture.orientation(grating(12.5, 30)).spread < stripes["spread"].mean - 10 * stripes["spread"].spread
    assert texture.orientation(checkerboard(8)).grid > squares["grid"].mean + 10 * squares["grid"].spread
    for name, value in (
        ("spread", texture.orientation(noise(0, 2)).spread),
        ("part_size", texture.part_size(noise(0, 2))),
    ):
        assert abs(value - plain[name].mean) < 4 * plain[name].spread


def test_nothing_has_no_chance():
    assert all(np.isnan(one) for one in null.chance(NOTHING, {"slope": spectrum.slope})["slope"])


def test_a_dream_is_measured_by_its_excess():
    original = np.full((*SIZE, 3), 0.5)
    values, chance = measures.take(original, original + 0.05 * tiled(0.5, 2))
    assert values["repetition"] == pytest.approx(0.5, abs=0.04)
    assert set(chance) == {"part_size", "repetition", "spread", "grid", "outlines", "ssim", "colourfulness"}


PHOTO = 0.3 + 0.4 * random_picture(*SIZE).astype(float)  # far enough from black and white
LIKENESS = ("outlines", "ssim", "colourfulness")


def beyond(added, name):
    """By how many spreads a measure of the photograph with this added differs from chance."""
    values, chance = measures.take(PHOTO, PHOTO + added)
    return (values[name] - chance[name].mean) / chance[name].spread


@pytest.mark.parametrize("name", LIKENESS)
@pytest.mark.parametrize("exponent", [0, 1])
def test_noise_changes_a_picture_as_chance_does(name, exponent):
    added = noise(exponent, 3)
    assert abs(beyond(0.05 * added / added.std(), name)) < 4


def test_what_follows_the_pictures_own_edges_keeps_more_than_chance():
    grey = PHOTO.mean(axis=2, keepdims=True)
    sharper = 0.5 * (grey - ndimage.gaussian_filter(grey, (3, 3, 0))).repeat(3, axis=2)
    assert beyond(sharper, "outlines") > 4
    assert beyond(sharper, "ssim") > 4


def test_what_follows_the_pictures_own_colours_is_more_colourful_than_chance():
    chroma = PHOTO - PHOTO.mean(axis=2, keepdims=True)
    assert beyond(0.4 * chroma, "colourfulness") > 4
    assert beyond(-0.4 * chroma, "colourfulness") < -4


def test_the_distance_is_the_same_by_chance():
    """Noises are as strong as what was added, so that no null can judge it."""
    added = 0.05 * tiled(0.5, 2)
    same = [similarity.distance(PHOTO, PHOTO + one) for one in null.noises(added, 4)]
    assert same == pytest.approx([similarity.distance(PHOTO, PHOTO + added)] * 4, rel=0.02)
    assert not measures.MEASURES["distance"].by_chance


def finding(results, says):
    return next(f.judgement for claim in claims.judge(results) for f in claim.findings if f.statement == says)


EARLY, POOLS = (
    "Early layers repeat themselves more.",
    ("Pooling layers repeat themselves more than the convolutions before them."),
)


def with_noise(results, name, spread):
    return [
        result(one.group.name, one.layers, paired=one.group.paired, **{name: one.measures[name]}).__class__(
            **{**one.__dict__, "noise": {name: Chance(0.05, spread)}}
        )
        for one in results
    ]


def test_a_trend_within_the_spread_of_noise_is_inconclusive():
    results = with_noise(blocks("repetition", (0.040, 0.035, 0.02, 0.012, 0.006)), "repetition", 0.02)
    judged = finding(results, EARLY)
    assert judged.verdict == verdicts.OPEN
    assert judged.sentence.endswith("That is within twice the spread of noises with the same spectrum, 0.020.")
    assert judged.rule.endswith("A difference below 2 times the spread of noises with the same spectrum may be chance.")


def test_a_trend_beyond_it_holds():
    results = with_noise(blocks("repetition", (0.4, 0.3, 0.2, 0.02, 0.01)), "repetition", 0.02)
    assert finding(results, EARLY).verdict == verdicts.HOLDS


def test_pairs_within_the_spread_of_noise_are_inconclusive_and_those_beyond_it_hold():
    within = with_noise(pairs("repetition", [(0.04, 0.01)] * 4), "repetition", 0.02)
    beyond = with_noise(pairs("repetition", [(0.1, 0.3)] * 4), "repetition", 0.02)
    against = with_noise(pairs("repetition", [(0.3, 0.1)] * 4), "repetition", 0.02)
    assert [finding(found, POOLS).verdict for found in (within, beyond, against)] == [
        verdicts.OPEN,
        verdicts.HOLDS,
        verdicts.FAILS,
    ]


def test_synthetic_layers_are_judged_as_they_are():
    """Early ones of tiles and later ones of noise hold; noise of one kind in all is inconclusive."""

    def layers(textures):
        original = np.full((*SIZE, 3), 0.5)
        found = []
        for number, added in enumerate(textures, 1):
            values, noise_ = measures.take(original, original + 0.05 * added)
            one = result(f"block{number}", (f"block{number}_conv1",), **values)
            found.append(one.__class__(**{**one.__dict__, "noise": noise_}))
        return found

    assert finding(layers([tiled(0.6, 1), tiled(0.3, 2), noise(0, 3)]), EARLY).verdict == verdicts.HOLDS
    assert finding(layers([noise(0, 4), noise(0, 5), noise(0, 6)]), EARLY).verdict == verdicts.OPEN


MORE = "More of the outlines goes under pooling layers than under the convolutions before them."
FADING = "Under pooling layers the outlines go, step by step."


def test_outlines_that_go_as_under_noise_are_called_so():
    within = with_noise(pairs("outlines", [(0.5, 0.44)] * 4), "outlines", 0.04)
    beyond_it = with_noise(pairs("outlines", [(0.5, 0.3)] * 4), "outlines", 0.04)
    assert [finding(found, MORE).verdict for found in (within, beyond_it)] == [verdicts.OPEN, verdicts.HOLDS]
    pools = with_noise([result("pooling", POOLING)], "outlines", 0.04)
    assert finding(pools, FADING).sentence.endswith("Noise with the spectrum of what was added would keep 0.05.")
