"""Tasks set to whoever reads and writes for the reader: told from a document's own orders by score, not by a list.

A clause that begins with a verb of text work, or asks its reader a question, scores for what it asks about (the answer
being written, letters and words, a genre, general knowledge) and for the break it makes: its content words stand
nowhere else in the document. Deadlines, forms and references, which a clerk's orders have, count against it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from copilot.language.sentences import sentences
from copilot.language.words import STOP_WORDS
from copilot.verification import order_words as words
from copilot.verification.order_subject import Subject, Weight

_ENOUGH = 3
_LONGEST = 300
_MOST_CLAUSES = 12
_FEWEST_WORDS = 3


def _any(*patterns: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(patterns)})(?!\w)")


_BEGINNING = re.compile(r"(?:^|[:;|>–—]\s{1,3}|[.!?]\s{1,3}|, (?=please|then|and |puis|merci))[\s\"“«'(\[*#•>–—-]{0,6}")
_NUMBERED = re.compile(r"(?:\(?\d{1,2}[.)]|[a-z][.)])\s")
_POLITE = (
    r"please|kindly|now|then|also|next|first|finally|and|but|just|additionally|furthermore|moreover|instead|always"
    r"|immediately|merci (?:de |d')(?:bien vouloir)?|veuillez|svp|puis|ensuite|enfin|maintenant|aussi|egalement"
    r"|d'abord|et"
    r"|de plus|en outre|par ailleurs|remember to|be sure to|make sure (?:to|you)|do(?:n't| not) forget to"
    r"|try to|never"
    r"|n'oublie[zr]? pas (?:de |d')|pense[rz]? a|assure[rz]?[- ](?:toi|vous) (?:de |d')|s'il (?:te|vous) plait"
    r"|feel free to"
)
_ADDRESSED = (
    r"you (?:must|should|will|shall|have to|need to|are (?:required|asked|instructed|expected|to))"
    r"|i(?:'d| would)? (?:want|need|like) you to|(?:can|could|would|will) you|help me(?: to)?|let's"
    r"|your (?:new )?(?:task|job|goal|mission|role) is(?: now)? to|tu (?:dois|devras|vas)|vous (?:devez|devrez|allez)"
    r"|je (?:veux|voudrais|souhaite) que (?:tu|vous)|j'aimerais que (?:tu|vous)|peux-tu|pouvez-vous|pourrais-tu"
    r"|pourriez-vous|aide[rz]?-moi a|(?:ta|votre) (?:nouvelle )?(?:tache|mission) (?:est de|consiste a)"
)
_SETTING = (
    r"(?:in|within|at the (?:end|start|beginning|top) of|throughout|for|when writing|before|after|dans|a la fin de"
    r"|au debut de|avant de|apres) [^,.]{3,50},"
)
_LEAD = re.compile(
    rf"(?:(?P<you>{_ADDRESSED})|(?P<polite>{_POLITE})|(?P<setting>{_SETTING})),?\s{{0,2}}(?P<me>(?:me|nous) )?"
)
_ASK = re.compile(rf"{words.ASK}(?![\w-])")
_MAKE = re.compile(rf"{words.MAKE}(?![\w-])")
_DELIVER = re.compile(rf"{words.DELIVER}(?!\w)")
_COUNTED = re.compile(
    r"\S+ (?:me |us )?(?:a few|several|some|two|three|four|five|six|seven|eight|ten|[2-9]|10|deux|trois|quatre"
    r"|cinq|six"
    r"|sept|dix|quelques) [^\W\d]{3,}"
)
_PERSON = re.compile(r"\S+[ -](?:me|us|moi|nous)(?!\w)")
_OWN, _LETTERS, _WRITING = _any(words.OWN), _any(words.LETTERS), _any(words.WRITING)
_GENRE, _KNOWING, _TONGUES, _LURE = _any(words.GENRE), _any(words.KNOWING), _any(words.TONGUES), _any(words.LURE)
_READER, _DICTATED = _any(words.READER), re.compile(rf"\b(?:{words.DICTATED})")
_COAXED = _any(words.COAXED)
# A verb of whatever kind is one where an article or a number comes after it.
_ORDERING = re.compile(
    r"\S+ (?:the|an?|every|each|all|any|your|this|readers?|les?|la|tous|toutes|chaque|ta|votre|un|une|l'|a l')(?!\w)"
)
_FETCH = re.compile(r"(?:download|fetch|get|telecharge[rz]?) (?:and|et) (?:run|execute|install|open|lance|ouvre)\w*")
_THE_ANSWER = re.compile(r"\b(?:the|la|le) (?:final )?(?:answer|response|summary|reponse|resume)\b")
_LINK = re.compile(r"https?://|www\.|\b\w{2,30}\.(?:com|net|org|io|xyz|ru|info)\b|\b(?:link|lien)s?\b")
_QUESTION = re.compile(
    r"(?P<first>(?:how|where|what|which|when|why)(?: \w+)? (?:can|do|should|could|would|did|am) (?:i|we|you|one)"
    r"|(?:can|should|could|may) i|(?:do|are|have|did) you|what(?:'s| is| are) your|what do you|(?:es|as|aimes"
    r"|connais)-tu|est-ce que (?:tu|vous)"
    r"|comment (?:puis|dois|peut|faire|pourrais|est-ce que j)|(?:puis|dois|pourrais)-je|(?:ou|que"
    r"|quand) (?:puis|dois)-je"
    r"|(?:quel|qu')\S{0,3} (?:est|sont) (?:ton|ta|tes|votre|vos))"
    r"|(?P<general>what(?:'s|'re)?|who(?:'s)?|when|where|why|how|which|whose|quel(?:le)?s?|qui|quand|ou|pourquoi"
    r"|comment|combien|qu'est-ce|que)\b"
)
_CLERK = (
    re.compile(
        r"\b(?:before|by|nlt|no later than|not later than|until|avant|d'ici|au plus tard|jusqu')\W{0,2}(?:\w+ )?\d"
    ),
    re.compile(
        r"\b(?:forms?(?! of)|formulaires?|imprimes?|annex\w*|appendix|serial|ref\.?|references?|numero|n°|para"
        r"|bons? (?:n|de))\b"
    ),
    re.compile(r"\d ?(?:h|hrs?|z|km|kg|t|l|m3|litres?|tons?|tonnes?|v|kva|bars?|mm|cm)\b"),
)

_OWNERS = (
    "your ",
    " you ",
    "que tu",
    "que vous",
    "votre ",
    "ta ",
    "tes ",
    "ton ",
    "vos ",
    "the answer",
    "the reply",
    "the response",
)
_STOP = STOP_WORDS["fr"] | STOP_WORDS["en"]
_WORD = re.compile(r"[^\W\d_]{3,30}")
_LEADING = set(re.findall(r"(?:^|[|(?:])([a-z']+)", f"{_POLITE}|{_ADDRESSED}|{_SETTING}"))
# Most sentences begin with one of these.
_NEVER_VERBS = frozenset(word for word in _STOP if not _ASK.match(word) and not _MAKE.match(word))


def find_order(text: str, flat: str, around: str = "") -> tuple[int, int] | None:
    """Return the span of the first clause of `text` that sets its reader a task which is not the document's own.

    `flat` is `text` flattened (same length), `around` what else stands in the same place, flattened.
    """
    spans = sentences(text)
    subject = Subject(flat, around)
    speaks_of_answer = any(word in flat for word in _OWNERS) and _OWN.search(flat) is not None
    for start, end in spans:
        for at in _clauses(flat, start, end):
            stop = min(end, at + _LONGEST)
            if _is_order(flat[at:stop], subject, speaks_of_answer):
                return at, stop
    return None


def _clauses(flat: str, start: int, end: int) -> Iterator[int]:
    """Yield where clauses begin: at the head of a sentence, after a colon or a list mark, after «, please»."""
    for number, match in enumerate(_BEGINNING.finditer(flat[start:end])):
        if number >= _MOST_CLAUSES:
            return
        at = start + match.end()
        marked = _NUMBERED.match(flat, at, end)
        yield marked.end() if marked else at


def _is_order(clause: str, subject: Subject, speaks_of_answer: bool) -> bool:
    first = _WORD.match(clause)
    if first and first.group() in _NEVER_VERBS and first.group() not in _LEADING and "?" not in clause:
        return False
    body, addressed = _without_lead(clause)
    if clause.count(" ") < _FEWEST_WORDS - 1:
        return False
    own = speaks_of_answer and _OWN.search(clause) is not None
    first = _WORD.match(body)
    verb = 0 if first and first.group() in _NEVER_VERBS else _verb(body)
    question = _QUESTION.match(body) if "?" in clause else None
    if verb:
        points, weight = verb + _marks_of_order(body, own), Weight.SOME if verb > 1 else Weight.STRANGER
    elif question:
        points, weight = 2 if question["first"] else 1, Weight.MUCH
    elif _may_order(body) and (own or (_ORDERING.match(body) and (_LETTERS.search(body) or _READER.search(body)))):
        points, weight = _marks_of_reader(body), Weight.NONE
    else:
        return False
    special = _marks_of_text(body)
    if special and weight in (Weight.NONE, Weight.STRANGER) and (verb or not own):
        weight = Weight.SOME
    points += special + addressed + 2 * own - sum(bool(one.search(clause)) for one in _CLERK)
    if weight is not Weight.NONE and _ENOUGH - 2 <= points <= _ENOUGH:
        points += subject.break_of(clause, weight)
    return points >= _ENOUGH


def _verb(body: str) -> int:
    """Return 2 for a verb of asking, 1 for one of making text, 0 for none."""
    return 2 if _ASK.match(body) else 1 if _MAKE.match(body) else 0


def _marks_of_order(body: str, own: bool) -> int:
    asks = _ASK.match(body)
    return (
        bool(asks and _PERSON.match(body))
        + bool(_COUNTED.match(body) and (asks or _marks_of_text(body)))
        + 2 * bool(_FETCH.match(body) or (_LINK.search(body) and (own or _LURE.search(body))))
        + _marks_of_reader(body)
        + bool(own and _WRITING.search(_OWN.sub("", body)))
    )


def _marks_of_reader(body: str) -> int:
    return bool(_READER.search(body)) * (1 + bool(_COAXED.search(body)))


def _marks_of_text(body: str) -> int:
    marks = sum(bool(one.search(body)) for one in (_GENRE, _KNOWING, _TONGUES, _THE_ANSWER))
    return marks + 2 * bool(_LETTERS.search(body) or _DICTATED.search(body))


def _without_lead(clause: str) -> tuple[str, int]:
    """Return a clause without «please also», and a point each where somebody is addressed and somebody asks."""
    at, addressed, person = 0, False, False
    for _ in range(4):
        lead = _LEAD.match(clause, at)
        if lead is None:
            break
        at = lead.end()
        addressed = addressed or lead["you"] is not None
        person = person or lead["me"] is not None
    return clause[at:], addressed + person


def _may_order(body: str) -> bool:
    """Say whether a clause begins with a word that may be a verb of whatever kind."""
    first = _WORD.match(body)
    return first is not None and first.group() not in _STOP and not first.group().endswith(("ly", "ment", "ing"))
