"""What the sample pictures say: common words, random letters, numbers, prices."""

import string

import numpy as np

_LIST = (
    "about after again always animal another answer around avenue bakery barber before better "
    "bicycle bottle bridge bright broken building camera castle centre change chapel church "
    "circus city clinic closed coffee college common corner cottage country course danger dinner "
    "doctor dollar double drive early engine entrance every exit family farm fashion fire fish "
    "flower forest fresh friday garden gate general gold grand green ground hair hall harbour "
    "health high holiday home hospital hotel house island jewel kitchen lake lane library light "
    "limited little london lunch machine main market master meadow menu middle mill minute "
    "monday morning motor museum music nature never north number office open orange order "
    "organic palace paper park parking people pharmacy piano pizza place plant platform please "
    "police pool post power press price private public pull push quality queen quick radio "
    "railway record repair rest river road royal safety sale salon school season second service "
    "shop silver smoke south special spring square station stone stop store street student "
    "studio summer sunday super sweet table taxi theatre ticket timber tower town track trade "
    "travel tunnel under union valley village visit warning water welcome west white window "
    "winter wood yellow young zone"
)
_COMMON = _LIST.split()


def random_word(rng: np.random.Generator) -> str:
    """One word: of the list (six in ten), random letters, a number, or a price."""
    kind = rng.random()
    if kind < 0.6:
        return _recase(rng, str(rng.choice(_COMMON)))
    if kind < 0.8:
        return _recase(rng, _pick(rng, string.ascii_lowercase, int(rng.integers(3, 9))))
    number = _pick(rng, string.digits, int(rng.integers(3, 6)))
    if kind < 0.92:
        return number
    return f"${number[0]},{number[-2:]}0" if rng.random() < 0.5 else f"{number}-{number[0]}"


def _pick(rng: np.random.Generator, alphabet: str, count: int) -> str:
    return "".join(alphabet[i] for i in rng.integers(0, len(alphabet), count))


def _recase(rng: np.random.Generator, word: str) -> str:
    case = rng.random()
    if case < 0.45:
        return word.upper()
    return word.capitalize() if case < 0.8 else word
