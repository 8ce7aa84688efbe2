"""The grammar of targets that are computed: which terms are one, and which raise."""

import pytest

from deepdream.batch import vary
from deepdream.compare import groups
from deepdream.errors import SelectionError
from deepdream.settings import schedules, selection
from deepdream.settings.selection import Choice, choose, parse, parse_brushes
from deepdream.settings.targets import Classes, Computed, split

CHANNELS = {"block1_conv1": 4, "block4_conv2": 8}
CLASSES = Classes("block4_conv2", 4, ("sea", "golden retriever", "shih-tzu", "Daisy"))


def chosen(text: str, classes: Classes | None = CLASSES) -> tuple[Choice, ...]:
    return choose(text, CHANNELS, "mine", classes=classes)


@pytest.mark.parametrize(
    ("text", "computed"),
    [
        ("block4_conv2:top5", Computed("top", ("5",))),
        ("block4_conv2:top05(a.jpg)", Computed("top", ("5", "a.jpg"))),
        ("block4_conv2:vector(folder/v.npy)", Computed("vector", ("folder/v.npy",))),
        ("block4_conv2:like(my photo=1.jpg)", Computed("like", ("my photo=1.jpg",))),
        ("block4_conv2:like(photo (1).jpg)", Computed("like", ("photo (1).jpg",))),
        ("block4_conv2:difference(a.jpg, b.jpg)", Computed("difference", ("a.jpg", "b.jpg"))),
        ("block4_conv2:concept(striped,C:/plain)", Computed("concept", ("striped", "C:/plain"))),
    ],
)
def test_a_target_stands_where_channels_do(text, computed):
    assert chosen(f"{text}=0.5") == (Choice("block4_conv2", None, 0.5, computed),)


def test_it_is_written_as_it_was_typed_and_knows_its_files():
    for text, files in [("top5", ()), ("top5(a.jpg)", ("a.jpg",)), ("difference(a.jpg,b/c.jpg)", ("a.jpg", "b/c.jpg"))]:
        ((term,),) = [parse(f"block4:{text}")]
        assert (str(term.computed), term.computed.files) == (text, files)


def test_a_class_is_known_by_number_and_by_name_however_that_is_written():
    for text in ("class:1", "class:golden retriever", "class:Golden_Retriever", "class:golden-retriever"):
        assert chosen(text) == (Choice("block4_conv2", None, 1.0, Computed("class", ("1",))),)
    assert chosen("class:SHIH TZU") == chosen("class:2")
    assert chosen("class:daisy") == chosen("class:3")


TYPED = {
    "crane, bird": '"crane, bird"',
    "crane": "crane",
    "C++": '"C++"',
    "and/or": '"and/or"',
    "a=b:c": '"a=b:c"',
    "open (door": '"open (door"',
    "cat (tabby, grey)": "cat (tabby, grey)",
    "Crane": "7",  # the name of another
    '5" floppy, old': "8",  # quotes don't help
    "20-25": '"20-25"',
    "7": "10",
    "semi;colon": '"semi;colon"',
}
"""Names with signs of the grammar, and each as it is typed."""

AWKWARD = Classes("block4_conv2", len(TYPED), tuple(TYPED))


@pytest.mark.parametrize(("number", "typed"), list(enumerate(TYPED.values())))
def test_every_class_is_chosen_by_what_it_is_typed_as_wherever_selections_stand(number, typed):
    assert AWKWARD.typed(number) == typed
    (choice,) = chosen(f"class:{typed}=0.5", AWKWARD)
    assert choice == Choice("block4_conv2", None, 0.5, Computed("class", (str(number),)))
    among = f"class:1+2+{typed},block1"
    assert {one.computed.arguments[0] for one in chosen(among, AWKWARD) if one.computed} == {"1", str(number), "2"}
    assert schedules.expand(f"class:{typed}/block1", 2, str) == (f"class:{typed}", "block1")
    assert len(parse_brushes(f"class:{typed};block1")) == 2
    assert [group.selection for group in groups.parse(f"a=class:{typed};b=block1")] == [f"class:{typed}", "block1"]
    assert vary.parse([f"layers=class:{typed},block1"], {}) == {"layers": (f"class:{typed}", "block1")}
    assert vary.parse([f"layers=class:{typed};block1,block2"], {}) == {"layers": (f"class:{typed}", "block1,block2")}


def test_spaces_around_a_quoted_name_and_its_letters_case_count_as_little_as_elsewhere():
    assert chosen('class: "CRANE,  bird" + crane', AWKWARD) == chosen("class:0+1", AWKWARD)


def test_several_classes_are_a_choice_each_and_weigh_alike():
    numbers = [choice.computed.arguments for choice in chosen("class:sea+2-3=2")]
    assert numbers == [("0",), ("2",), ("3",)]
    assert {choice.weight for choice in chosen("class:sea+2-3=2")} == {2.0}


def test_a_layer_and_targets_in_it_are_chosen_side_by_side_in_the_networks_order():
    found = chosen("class:sea,block4_conv2:top2=3,block4_conv2:5,block1")
    assert [(one.layer, one.channels, one.computed and one.computed.kind) for one in found] == [
        ("block1_conv1", None, None),
        ("block4_conv2", None, "class"),
        ("block4_conv2", None, "top"),
        ("block4_conv2", (5,), None),
    ]


def test_a_target_matched_twice_takes_the_later_weight():
    assert [choice.weight for choice in chosen("class:sea=2,class:0=3")] == [3.0]


def test_separators_within_parentheses_separate_nothing():
    text = "block4:difference(a/b.jpg,c;d.jpg)/block1"
    assert split(text, "/") == ["block4:difference(a/b.jpg,c;d.jpg)", "block1"]
    assert schedules.expand(text, 2, str) == ("block4:difference(a/b.jpg,c;d.jpg)", "block1")
    assert schedules.expand("block4:like(../a.jpg)", 2, str) == ("block4:like(../a.jpg)",) * 2
    assert len(parse("block4:difference(a.jpg,b.jpg),block1")) == 2
    assert split("like(photo (1,2).jpg),b", ",") == ["like(photo (1,2).jpg)", "b"]
    assert len(parse_brushes("block4:like(a;b.jpg);class:sea")) == 2


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "block4_conv2:distance(a,b)",
            "'distance' in 'block4_conv2:distance(a,b)' is not a target: those with files are vector, like, "
            "difference, concept, caricature, inversion. Did you mean difference?",
        ),
        (
            "block4_conv2:like(a,b)",
            "'block4_conv2:like(a,b)' has 2 files: like takes one file; a comma ends a file's name. "
            "Type block4_conv2:like(photo.jpg).",
        ),
        (
            "block4_conv2:vector",
            "'block4_conv2:vector' has 0 files: vector takes one file. Type block4_conv2:vector(v.npy).",
        ),
        (
            "block4_conv2:top5()",
            "'block4_conv2:top5()' has 0 files: top takes one file. Type block4_conv2:top5(photo.jpg).",
        ),
        (
            "block4_conv2:top(a.jpg)",
            "'top' in 'block4_conv2:top(a.jpg)' is not a target: those with files are vector, like, difference, "
            "concept, caricature, inversion. Did you mean top5?",
        ),
        ("class:3-1", "'3-1' in 'class:3-1' is not a range of classes. Type for example class:12+20-25."),
        (
            "class",
            "No layer of mine matches 'class': its layers are block1_conv1 to block4_conv2. "
            "For a class, type for example class:daisy.",
        ),
        (
            "block4_conv2:like(a.jpg",
            "'block4_conv2:like(a.jpg' has 1 opening and 0 closing parentheses: each needs the other. "
            "Type for example block4_conv2:like(photo.jpg).",
        ),
        (
            "block4_conv2:concept(a)",
            "'block4_conv2:concept(a)' has 1 file: concept takes two. Type block4_conv2:concept(striped,plain).",
        ),
        ("block4_conv2:top0", "'top0' in 'block4_conv2:top0' chooses no channel. Type for example :top5."),
        ("class:", "'class:' names no class. Type for example class:12, or class:12+20-25."),
        (
            "class:4",
            "Class 4 of mine does not exist: its classes are 0 to 3. "
            "List them with: deepdream layers --classes --network mine",
        ),
        ("class:daisi", "mine has no class 'daisi': its 4 classes are sea to Daisy. Did you mean Daisy?"),
        (
            "class:zeppelin",
            "mine has no class 'zeppelin': its 4 classes are sea to Daisy. "
            "List them with: deepdream layers --classes --network mine",
        ),
        (
            'class:"sea',
            """'"sea' in 'class:"sea' is not a name between two double quotes. Type for example class:"crane, bird".""",
        ),
        (
            "class:sea, sea snake",
            "'sea snake' is not a term of a selection: it is a layer name, then :CHANNELS, then =WEIGHT. "
            'A class whose name has a comma is typed in quotes, for example class:"crane, bird".',
        ),
        ("class:sea=0", "The selection 'class:sea=0' gives every layer the weight 0. Give one of them a weight."),
        (
            "block4_conv2:12)",
            "'block4_conv2:12)' has 0 opening and 1 closing parentheses: each needs the other. "
            "Type for example block4_conv2:like(photo.jpg).",
        ),
    ],
)
def test_an_invalid_target_raises_with_one_sentence(text, message):
    with pytest.raises(SelectionError) as refused:
        chosen(text)
    assert str(refused.value) == message


def test_a_name_cut_at_its_comma_is_advised_whole_and_in_quotes():
    with pytest.raises(SelectionError) as refused:
        chosen("class:tench, tinca", Classes("block4_conv2", 2, ("tench, Tinca tinca", "goldfish")))
    assert str(refused.value) == (
        "mine has no class 'tench': its 2 classes are tench, Tinca tinca to goldfish. "
        'Did you mean "tench, Tinca tinca"?'
    )


def test_a_network_without_a_classifier_or_without_names_says_so():
    with pytest.raises(SelectionError) as refused:
        chosen("class:sea", None)
    assert str(refused.value) == (
        "class:sea can't be chosen: mine has no classifier. The pocket network has one: --network pocket."
    )
    with pytest.raises(SelectionError) as refused:  # as with a file that shipped before
        selection.choose("class:sea", {"block4_conv2": 7}, "pocket")
    assert str(refused.value) == (
        "class:sea can't be chosen: the classifier of pocket is for the weights that ship with it, not for these. "
        "Leave --weights out."
    )
    with pytest.raises(SelectionError) as refused:
        chosen("class:sea", Classes("block4_conv2", 10))
    assert str(refused.value) == "The classes of mine have numbers, not names: 0 to 9."
    assert Classes("block4_conv2", 10).name(7) == "7"


def test_every_kind_is_parsed_from_its_own_example():
    for name, kind in selection.targets.KINDS.items():
        (term,) = parse(kind.usage)
        assert term.computed.kind == name
