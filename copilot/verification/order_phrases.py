"""Turns that give a text away as orders to a model, wherever they stand: who is spoken to, and about what.

All are for flattened text (`plain`). Each gap is bounded and stays within a sentence.
"""

from __future__ import annotations

import re

from copilot.verification.model_turns import MODEL_WORDS, TO_MODEL

_GAP = r"[^.!?]{0,40}?"
_WIDE = r"[^.!?]{0,70}?"
_RULES = (
    r"(?:instructions?|prompts?|rules|guidelines|directives|consignes|regles|programming|configuration|programmation)"
)
_USER = r"(?:user|reader|human|analyst|utilisateurs?|lecteurs?|analystes?)"
_ANSWER = r"(?:your|ta|votre|tes|vos) (?:\w+ )?(?:answer|response|reply|output|reponse|sortie)s?"
_ASKED = r"(?:ask|question|inquir|request|want to know|wonder|demand|interrog|souhaite savoir)\w*"
_SAY = (
    r"(?:answer|reply|replies|respond|say|tell|state|claim|pretend|insist|always|never|double|mention|repond[sr]?e?z?"
    r"|dis|dites|affirme[zr]?|indique[zr]?|pretend(?:s|ez)|toujours|jamais|double[zr]?|do not|don't|ne (?!pas ))"
)


def _near(order: str, object_: str) -> str:
    """Match an order and what it is about, in one sentence and close to each other."""
    return rf"\b(?:{order})\b{_GAP}(?<!\w)(?:{object_})(?!\w)"


# (one of these words stands in every match: looking for them costs a hundredth of trying the pattern; the pattern).
_TURNS = (
    (MODEL_WORDS, TO_MODEL),
    (
        "ignore|disregard|forget|overrid|bypass",
        _near(
            "ignore|disregard|forget|override|bypass",
            rf"(?:previous|prior|above|earlier|preceding|all|your|these|the) (?:\w+ )?(?:{_RULES}|context)"
            r"|everything (?:above|before|you|that|i)|(?:what|all) (?:you|i|was)|(?:all of )?the (?:above|task)",
        ),
    ),
    (
        "ignore|oublie|neglige|contourne|tiens|tenez|suis|suivez|respecte",
        _near(
            "ignore[zr]?|oublie[zr]?|neglige[zr]?|contourne[zr]?|ne (?:tiens|tenez) pas compte"
            "|ne (?:suis|suivez|respecte[zr]?) (?:plus|pas)",
            rf"{_RULES}|contexte|tout ce (?:que|qui|qu'\w+)|ce qui precede",
        ),
    ),
    (
        "user|reader|analyst|human",
        _near("do not|don't|never", rf"(?:tell|reveal|mention|inform|warn)[^.!?]{{0,30}}? {_USER}"),
    ),
    (
        "utilisateur|lecteur|analyste",
        _near("ne (?:dis|dites|revele[zr]?|mentionne[zr]?|signale[zr]?|previens|prevenez) (?:pas|rien)", _USER),
    ),
    (
        "cite|quote|mention|summari|resume|tradui|translat",
        (
            r"\b(?:do not|don't|never|ne) (?:cite|quote|mention|citez|mentionnez|summari[sz]e|translate"
            r"|resume[zr]?|traduis|traduisez) (?:pas )?(?:this|ce|cette)"
            r" (?:document|source|passage|text|page|texte)\b"
        ),
    ),
    (
        "tool|plugin| function|outil|greffon|fonction",
        _near(
            "call|run|execute|invoke|use|appelle[zr]?|execute[zr]?|lance[zr]?|approuve[zr]?|approve",
            r"(?:the|this|le|la|cet?) (?:\w+ )?(?:tool|plugin|function|greffon|outil|fonction)"
            r"(?: now| immediately| \w+\.\w+| without| sans)?(?=$|[.,:!])|(?:l'appel de )?l'outil",
        ),
    ),
    (
        "your |you |above|before|preceding",
        _near(
            "reveal|print|repeat|show|output|display|disclose|leak|recite|dump|list|tell me|give me|what (?:are"
            "|were|is)",
            r"your (?:\w+ )?(?:initial|original|system|hidden|secret|internal|full|exact|own|first) "
            rf"(?:\w+ )?{_RULES}|{_RULES} (?:that )?you (?:were|have been|got|received)|you have access to"
            r"|(?:everything|(?:all )?(?:the )?(?:text|words|lines?|content)) (?:above|before|preceding)",
        ),
    ),
    (
        "instruction|prompt|consigne|regle|directive|precede|dessus|invite",
        _near(
            "revele[zr]?|repete[zr]?|affiche[zr]?|montre[zr]?|donne[zr]?|recopie[zr]?|ecri(?:s|vez)|dis|dites"
            "|quelles? (?:sont|etaient)",
            rf"(?:tes|vos) {_RULES} (?:initiales|systeme|cachees|secretes|internes|d'origine|completes)"
            rf"|{_RULES}(?: \w+)? (?:que tu|qui t'|qui vous ont|que vous avez recu|qu'on (?:t'|vous))"
            r"|tout ce qui precede|(?:le texte|les mots|tout) ci-dessus|(?:ton|votre) (?:prompt|invite)",
        ),
    ),
    (
        "conversation|chat|histor|passw|credential|key|secret|passe|identifiant|user|utilisateur",
        _near(
            "send|post|e-?mail|forward|upload|transmit|append|add|include|put|encode|insert|leak|exfiltrate"
            r"|envoye?[zr]?|envoie|transmet\w*|transfere[zr]?|poste[rz]?|ajoute[rz]?|inclu\w*|insere[rz]?",
            r"(?:conversation|chat|history|historique|passwords?|credentials?|api keys?|secrets?|mots? de passe"
            r"|identifiants|user's \w+|\w+ de l'utilisateur)[^!?]{0,60}?"
            r"(?:https?:|\w@\w+|(?:this|cette|that) (?:url|link|address|server|adresse))",
        ),
    ),
    (
        "if |when|should ",
        (
            rf"\b(?:when(?:ever)?|if|should) (?:you(?:'re| are)?|(?:the|a|any) {_USER}|(?:any|some) ?(?:one"
            rf"|body)|they)"
            rf"{_GAP}\b{_ASKED}{_WIDE}\b{_SAY}\b|\b(?:when(?:ever)?|if) asked\b{_WIDE}\b(?:answer|reply|respond"
            rf"|say|state)\b"
        ),
    ),
    (
        "si |lorsqu|quand |chaque fois",
        (
            r"\b(?:si|lorsque?|lorsqu|quand|chaque fois que?|chaque fois qu)[' ](?:on (?:te |vous |t')"
            r"|quelqu'un|l'utilisateur"
            rf"|le lecteur|l'analyste|tu es|vous etes){_GAP}\b{_ASKED}{_WIDE}\b{_SAY}"
        ),
    ),
    (
        "answer|response|reponse|reply|output|sortie",
        (
            r"\b(?:correct|right|only|proper|bonne|seule) (?:answer|response|reponse) (?:to|a) (?:any|every|all"
            r"|toutes?) "
            rf"(?:\w+ )?questions?\b|\b(?:{_ANSWER}) (?:must|should|shall|has to|needs to|doit|doivent"
            rf"|devra) (?!reach|arrive"
            r"|parvenir|arriver|etre (?:adress|envoy|transm|parv)|be (?:sent|addressed|received|submitted"
            r"|returned|with))\w"
        ),
    ),
    (
        "how are you|favo|comment vas|comment allez|prefere",
        (
            r"\bhow are you\b|\bwhat(?:'s| is) your favou?rite\b|\bcomment (?:vas-tu|allez-vous|ca va)\b"
            r"|\bquel(?:le)? est (?:ton|ta|votre) \w+ prefere"
        ),
    ),
    (
        "new |nouvel",
        (
            r"\byour new (?:objective|task|goal|role|purpose|mission|instructions?)\b"
            r"|\b(?:ton nouvel objectif|ta nouvelle (?:tache|mission|consigne)|ton nouveau role)\b"
        ),
    ),
    (
        "you |tu |vous ",
        (
            r"\b(?:when|if|before|after|once) you (?:produce|write|answer|summari[sz]e|respond|reply|generate"
            r"|translate)\b"
            r"|\b(?:quand|lorsque|si) (?:tu|vous) (?:produi|ecri|repond|resum|redige|tradui)\w+"
        ),
    ),
    (
        "following|suivant",
        (
            r"\bfollowing (?:text|message|lines?|part)s? (?:comes?|is|are) from (?:the |your )?(?:operator"
            r"|developer|admin|system|owner)"
            r"|\b(?:texte|message) suivant (?:vient|provient|emane) (?:de l'|du )(?:operateur|developpeur"
            r"|administrateur|systeme)"
        ),
    ),
    ("what the ", rf"\bwhat the {_USER} (?:typed|asked|said|wrote|entered)\b"),
    (
        "whoever|anyone|quiconque",
        (
            r"\b(?:whoever|anyone who|quiconque) (?:processes|summari[sz]es|reads|traite|resume|lit) (?:this|ce|cet"
            r"|cette)\b"
        ),
    ),
    (
        "authori|permit|je t'|je vous",
        (
            r"\bi (?:hereby )?(?:authori[sz]e|permit|command|order|instruct) you to\b|\bje (?:t'|vous )(?:autorise"
            r"|ordonne) (?:a|de)\b"
        ),
    ),
    (
        "rate |rank |score |prefer |choose |classe|note",
        (
            r"\b(?:rate|rank|score|grade|prefer|choose|classe[zr]?|note[zr]?) (?:this|ce|cette"
            r"|cet) \w+ (?:\w+ ){0,2}?(?:first|top|highest"
            r"|\d+ ?(?:out of|sur|/)|as (?:the )?(?:best|excellent)|en (?:tete|premier)|premier)\b"
        ),
    ),
    (
        "your ",
        _near("print|show|output|reveal|dump|display|describe", "your (?:context|memory|training|knowledge|settings)"),
    ),
    ("prompt|message", r"\b(?:system|developer) (?:prompt|message)\b|\b(?:invite|message|prompt) systeme\b"),
    (
        "instead|plutot|only|always|exclusively|uniquement|toujours|seulement",
        (
            r"\b(?:instead|plutot)[,:]? (?:answer|reply|respond|say|write|reponds|repondez|dis|dites|ecris|ecrivez)\b"
            r"|\b(?:answer|reply|respond) (?:only|always|exclusively)\b|\brepond(?:s|ez) (?:uniquement|toujours"
            r"|seulement)\b"
        ),
    ),
    (
        " now|longer",
        (
            r"\bfrom now on,? (?:you|your|always|answer|respond|reply|act|speak)\b"
            r"|\byou(?:'re| are) now (?:an? |my |dan\b|free\b|unrestricted|in (?:\w+ )?mode)"
            r"|\byou(?:'re| are) no longer (?:an? |bound|restricted|limited|required to follow)"
        ),
    ),
    (
        "r mode|k mode|d mode|n mode|filter|guidelines|restriction",
        (
            r"\b(?:switch to|enter|activate|enable) (?:the )?(?:developer|god|dan|jailbreak|unrestricted"
            r"|unfiltered) mode\b"
            r"|\b(?:safety|ethical|moral) (?:filters?|guidelines|restrictions)\b"
        ),
    ),
    (
        "maintenant|desormais",
        (
            r"\ba partir de maintenant,? (?:tu|vous|reponds|repondez)\b"
            r"|\b(?:tu es|vous etes) (?:maintenant|desormais) (?:une? |en mode|mon |le |la )"
        ),
    ),
    (
        "whatever|matter what|regardless|quelle que|quoi qu|question",
        (
            r"\b(?:whatever|no matter what|regardless of) (?:the (?:question|user|reader)|is asked|you are asked)\b"
            r"|\bquelle que soit la (?:question|demande)\b|\bquoi qu'on (?:te|vous) demande\b"
            r"|\ba (?:chaque|toute) question,? repond(?:s|ez)\b"
        ),
    ),
    (
        "instructions|consignes",
        (
            r"\b(?:new|updated|revised|nouvelles|real) (?:instructions|consignes) ?: ?(?:treat|ignore|do|from"
            r"|you|your"
            r"|considere|n[e']|tu|vous|say|always|dis|reponds)"
        ),
    ),
    (
        "](http",
        (
            r"!\[[^\]]{0,80}\]\(https?://[^)\s]{1,200}=(?:[{\[<$]|%7b|\)|secret|data|user|password|history|question"
            r"|conv)"
        ),
    ),
)
_COMPILED = tuple((triggers.split("|"), re.compile(pattern)) for triggers, pattern in _TURNS)


def find_phrase(flat: str) -> tuple[int, int] | None:
    """Return the span of the first turn in a flattened text, or None."""
    padded = f" {flat} "
    found = (
        match.span()
        for triggers, pattern in _COMPILED
        if any(trigger in padded for trigger in triggers) and (match := pattern.search(flat))
    )
    return min(found, default=None)
