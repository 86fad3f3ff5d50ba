"""Texts that people read: whether they show anything, and the key by which names are compared.

The key follows NFKC_Casefold (Unicode 3.13, as in UAX 31 and UTS 46): compatible characters and cases are one, and what
is invisible does not count. Also one are runs of blanks, and an i with and without the dot that it has anyway (UTS 39).
Letters of different scripts that look alike stay different: people write in several scripts.
"""

import re
import unicodedata

# Control characters, line and paragraph separators, and halves of surrogate pairs, by Unicode's general categories.
_UNPRINTABLE = {"Cc", "Zl", "Zp", "Cs"}
# Marks that change the direction of text, with which one name can be made to look like another (Trojan Source).
_DIRECTIONS = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
_VISIBLE = ("L", "N", "P", "S")
# The characters of Unicode's property Default_Ignorable_Code_Point that are not in the category Cf, which the standard
# library knows; then two fillers and the musical null notehead, which show nothing either.
_IGNORABLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u2065\u3164\ufe00-\ufe0f\uffa0\ufff0-\ufff8\U000e0000-\U000e0fff"
    "\U00016fe4\U0001d159]"
)
_BLANKS = re.compile(r"\s+")
_BRAILLE_BLANK = "\u2800"
# The soft dot of i and j is drawn once, though a dot above may follow: behind marks below, in canonical order.
_DOTTED = re.compile("([ij][\u0316-\u0333]*)\u0307")
# UTS 39, 5.4: more marks than this on one character, or the same twice, only hide what is written.
_MOST_MARKS = 4


def is_printable(text: str) -> bool:
    """Whether the text is one line, without control characters and marks that change its direction."""
    return all(map(_is_printable, text))


def is_visible(text: str) -> bool:
    """Whether the text shows anything."""
    return any(unicodedata.category(character).startswith(_VISIBLE) for character in _without_invisible(text))


def stacks_marks(text: str) -> bool:
    """Whether a character has more than four combining marks, or the same one twice in a row."""
    marks = ""
    for character in unicodedata.normalize("NFD", text):
        marks = marks + character if unicodedata.category(character) == "Mn" else ""
        if len(marks) > _MOST_MARKS or (len(marks) > 1 and marks[-1] == marks[-2]):
            return True
    return False


def name_key(name: str) -> str:
    """The key by which names are compared, searched and ordered."""
    return search_key(name).strip()


def search_key(term: str) -> str:
    """The key of a part of a name: blanks at its ends count."""
    if term.isascii():  # the same key, many times as fast
        return _BLANKS.sub(" ", term.lower())
    return _folded(_folded(term))  # folding one character can make another that folds


def one_line(text: str, max_length: int) -> str | None:
    """A text from outside, such as Stripe's name of an account, made printable and cut; None if it shows nothing."""
    printable = "".join(character if _is_printable(character) else " " for character in text)
    shown = unicodedata.normalize("NFC", " ".join(printable.split()))[:max_length].rstrip()
    return shown if is_visible(shown) else None


def _is_printable(character: str) -> bool:
    category, direction = unicodedata.category(character), unicodedata.bidirectional(character)
    return category not in _UNPRINTABLE and direction not in _DIRECTIONS


def _folded(text: str) -> str:
    text = unicodedata.normalize("NFKD", _without_invisible(text)).casefold()
    text = _DOTTED.sub(r"\1", _without_invisible(text))
    return _BLANKS.sub(" ", unicodedata.normalize("NFKC", text))


def _without_invisible(text: str) -> str:
    shown = (character for character in text if unicodedata.category(character) != "Cf")
    return _IGNORABLE.sub("", "".join(shown)).replace(_BRAILLE_BLANK, " ")
