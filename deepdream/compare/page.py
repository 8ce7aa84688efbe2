"""The page of a comparison: one HTML file with its pictures, plots and findings inside.

html(original, results, claims, made) -> text

It asks for nothing from outside, and a policy inside it forbids that any browser does.
"""

import base64
import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from importlib import resources
from string import Template

import numpy as np
from PIL import Image

from deepdream import images
from deepdream._version import __version__
from deepdream.compare import curves, verdicts
from deepdream.compare.claims import Claim
from deepdream.compare.measures import MEASURES
from deepdream.compare.tables import Result

LARGE, SMALL, QUALITY = 900, 480, 78
"""Longest side in pixels of the groups' pictures and of the pairs', and the quality of both, as WebP."""

MARKS = {verdicts.HOLDS: ("holds", "✓"), verdicts.FAILS: ("fails", "✗"), verdicts.OPEN: ("open", "?")}
"""Per verdict its class and its sign, so that it is not told by colour alone."""


@dataclass(frozen=True)
class Subject:
    """What the page is about.

    Attributes:
        name: of the picture.
        original: [H, W, 3] float RGB in 0..1.
        profile: its colour profile, to go along with the pictures.
        network: that dreamt.
        made: rows of (what, value) that tell how it was made.
        missing: groups that were not dreamt, because the run was stopped or failed.
        remark: a sentence to read before the claims.
    """

    name: str
    original: np.ndarray
    profile: bytes | None
    network: str
    made: Sequence[tuple[str, str]]
    missing: Sequence[str] = ()
    remark: str = ""


KNOWN_AS = {
    "vgg19": "VGG19", "vgg16": "VGG16", "pocket": "the pocket network", "inceptionv3": "InceptionV3",
    "resnet50": "ResNet50",
}  # fmt: skip


def html(subject: Subject, results: Sequence[Result], claims: Sequence[Claim]) -> str:
    """The page.

    Args:
        subject: what was dreamt.
        results: at least one.
        claims: judged on these results.
    """
    groups = [result for result in results if not result.group.paired]
    height, width = subject.original.shape[:2]
    network = KNOWN_AS.get(subject.network, subject.network)
    title = f"What the layers of {network} add to {subject.name}"
    return Template(resources.files(__package__).joinpath("page.html").read_text("utf-8")).substitute(
        title=escape(title),
        lead=escape(_lead(subject, groups)),
        aspect=f"{width / height:.4f}",
        stage=_stage(groups),
        pictures="\n".join([_original(subject), *(_picture(subject, result) for result in groups)]),
        remark=f'<p class="soft">{escape(subject.remark)}</p>' if subject.remark else "",
        claims="\n".join(map(_claim, claims)),
        legend=_legend(groups),
        more_series=_more_series(len(groups)),
        plots="\n".join(_plot(*plot) for plot in curves.plots(groups)),
        table=_table(results),
        meanings=_definitions([(_title(name), measure.meaning) for name, measure in MEASURES.items()]),
        pairs=_pairs(subject, results),
        made=_definitions(subject.made),
        version=escape(__version__),
    )


def data_uri(pixels: np.ndarray, side: int, profile: bytes | None = None) -> str:
    """A picture as an address that holds it whole, no side longer than `side`."""
    height, width = pixels.shape[:2]
    scale = min(1.0, side / max(height, width))
    if scale < 1:
        pixels = images.resize(pixels, (max(1, round(height * scale)), max(1, round(width * scale))))
    file = io.BytesIO()
    whole = Image.fromarray(np.rint(np.clip(pixels, 0, 1) * 255).astype(np.uint8))
    whole.save(file, "WEBP", quality=QUALITY, method=4, icc_profile=profile or b"")
    return "data:image/webp;base64," + base64.b64encode(file.getvalue()).decode("ascii")


def _lead(subject: Subject, groups: Sequence[Result]) -> str:
    text = f"The same picture, seed and number of steps, dreamt once per group of layers: {len(groups)} groups."
    if subject.missing:
        text += f" Not dreamt: {', '.join(subject.missing)}. What is missing is not judged."
    return text


def _stage(groups: Sequence[Result]) -> str:
    """The slider between original and dream; shown by the script that moves it."""
    buttons = "".join(
        f'<button type="button" data-show="{group.group.stem}" aria-pressed="false">{escape(group.group.name)}</button>'
        for group in groups
    )
    return (
        '<section id="compare" hidden aria-label="Original and dream">'
        '<div class="stage" id="stage" style="--at:50%"><img class="under" alt="The original">'
        '<img class="over" alt=""><span class="left">original</span><span class="right"></span></div>'
        '<label class="slide"><input type="range" id="range" min="0" max="100" step="0.5" value="50" '
        'aria-label="How much of the original is seen, from the left"></label>'
        f'<div class="choices" role="group" aria-label="Dream to lay over the original">{buttons}</div></section>'
    )


def _original(subject: Subject) -> str:
    source = data_uri(subject.original, LARGE, subject.profile)
    return (
        f'<figure><img id="picture-original" src="{source}" alt="The original, {escape(subject.name)}">'
        "<figcaption><b>original</b></figcaption></figure>"
    )


def _picture(subject: Subject, result: Result) -> str:
    """A group's picture, which lays itself over the original when chosen."""
    name, stem = escape(result.group.name), result.group.stem
    layers = ", ".join(result.layers) if len(result.layers) <= 5 else f"{len(result.layers)} layers"
    return (
        f'<figure><button type="button" data-show="{stem}" aria-label="Lay {name} over the original">'
        f"{_image(subject, result, LARGE)}</button><figcaption><b>{name}</b>{escape(layers)}</figcaption></figure>"
    )


def _image(subject: Subject, result: Result, side: int) -> str:
    pixels = images.read(result.path, profile="keep").pixels
    name = escape(result.group.name)
    return (
        f'<img id="picture-{result.group.stem}" data-name="{name}" src="{data_uri(pixels, side, subject.profile)}" '
        f'alt="{escape(subject.name)} dreamt with {name}">'
    )


def _claim(claim: Claim) -> str:
    found = "\n".join(
        f'<div class="finding {MARKS[finding.judgement.verdict][0]}"><p><span class="verdict">'
        f"{MARKS[finding.judgement.verdict][1]} {finding.judgement.verdict}</span> · {escape(finding.says)}</p>"
        f"<p>{escape(finding.judgement.sentence)}</p>"
        f"<details><summary>The rule</summary><p>{escape(finding.judgement.rule)}</p></details></div>"
        for finding in claim.findings
    )
    remark = f'<p class="soft">{escape(claim.remark)}</p>' if claim.remark else ""
    return f"<h3>“{escape(claim.title)}”</h3>{remark}{found}"


def _legend(groups: Sequence[Result]) -> str:
    items = "".join(
        f'<li><svg viewBox="0 0 32 12" aria-hidden="true"><polyline class="s{number}" points="0,8 32,8"/></svg> '
        f"{escape(group.group.name)}</li>"
        for number, group in enumerate(groups)
    )
    return f'<ul class="legend" aria-label="Colours of the curves">{items}</ul>'


def _more_series(count: int) -> str:
    """Colours of the eighth series and later ones, where a user has so many groups."""
    return "\n".join(
        f".s{number} {{ stroke: hsl({number * 137 % 360} 55% 50%); }} "
        f"rect.s{number} {{ fill: hsl({number * 137 % 360} 55% 50%); }}"
        for number in range(7, count)
    )


def _plot(title: str, caption: str, svg: str) -> str:
    return f"<figure><figcaption><b>{escape(title)}</b>{escape(caption)}</figcaption>{svg}</figure>"


def _table(results: Sequence[Result]) -> str:
    heads = "".join(f'<th scope="col">{escape(_title(name))}</th>' for name in MEASURES)
    rows = "".join(
        f'<tr><th scope="row">{escape(result.group.name)}</th>'
        + "".join(f"<td>{_cell(result.measures, name)}</td>" for name in MEASURES)
        + f"<td>{result.moments[0].loss:.3g}</td><td>{result.moments[-1].loss:.3g}</td>"
        + f"<td>{result.seconds:.1f}</td></tr>"
        for result in results
    )
    last = '<th scope="col">first loss</th><th scope="col">last loss</th><th scope="col">time, s</th>'
    return f'<table><thead><tr><th scope="col">group</th>{heads}{last}</tr></thead><tbody>{rows}</tbody></table>'


def _cell(values: Mapping[str, float], name: str) -> str:
    return f"{values[name]:.{MEASURES[name].digits}f}" if math.isfinite(values[name]) else "–"


def _title(name: str) -> str:
    unit = MEASURES[name].unit
    return MEASURES[name].title + (f", {unit}" if unit else "")


def _definitions(rows: Sequence[tuple[str, str]]) -> str:
    return "\n".join(f"<dt>{escape(term)}</dt><dd>{escape(text)}</dd>" for term, text in rows)


def _pairs(subject: Subject, results: Sequence[Result]) -> str:
    paired = [result for result in results if result.group.paired]
    if not paired:
        return ""
    figures = "\n".join(
        f"<figure>{_image(subject, result, SMALL)}<figcaption><b>{escape(result.group.name)}</b></figcaption></figure>"
        for result in paired
    )
    return (
        "<h2>Pooling against the convolution before it</h2>"
        f'<p class="soft">The same depth, without and with pooling.</p><div class="pictures small">\n{figures}\n</div>'
    )
