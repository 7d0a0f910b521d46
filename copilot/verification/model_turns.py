"""Turns that speak to a language model, or about what it must do, by its name; for flattened text (`plain`)."""

from __future__ import annotations

_MODEL = (
    r"(?:ai|a\.i\.|ia|llms?|chatgpt|gpt-?\d?|claude|gemini|mistral|copilote?|chatbots?|(?:large )?language models?"
    r"|ai (?:models?|assistants?|agents?|systems?)|modeles? (?:de langage|d'ia)"
    r"|assistants?(?: (?:ia|virtuels?|automatiques?|numeriques?|d'ia))?)"
)
# One of these stands in every match; the short ones with what may stand beside them, for «ai» is in any French text.
MODEL_WORDS = (
    " ai |(ai |.ai |:ai | ai,| ai:| ai.| ais | ia |'ia | ia,| ia:| ia.|a.i.|llm|gpt|chatbot|language model"
    "|modele|assistant|copilot|claude|gemini|mistral|system:|system :|robot|intelligence arti"
)
_TO_MODEL = (
    r"\bas an ai\b",
    rf"\b(?:dear|hey|attention|cher|chere) {_MODEL}(?!\w)",
    (
        r"\b(?:notes?|messages?|instructions?|memo|consignes?|avis|(?:l')?attention|reminder)"
        r"(?: destinee?s?| addressed)?"
        rf" (?:to|for|a|au|aux|pour|des) (?:l'|le |la |les |des |the |any |all )?(?:{_MODEL}|modele(?= ?:))(?![\w-])"
    ),
    (
        rf"(?<!\w){_MODEL},? (?:reading|processing|summari[sz]ing|parsing|(?:that|who|which) reads?|qui (?:lit"
        rf"|lisent|lira"
        r"|liront|traitent?|resument?|analysent?)) (?:this|these|the|ce|cet|cette|ces|le|la)\b"
    ),
    rf"\b(?:if you are|if you're|si tu es|si vous etes) (?:an? |une? )?(?:{_MODEL}|robot|intelligence artif)",
    (
        rf"\b(?:the |l'){_MODEL} (?:must|should|shall|doit|devra|ne doit) (?:not |never |pas |jamais |always "
        rf"|toujours )?"
        r"(?:answer|reply|respond|say|tell|cite|verify|check|mention|reveal|warn|rate|treat|rank|approve|call"
        r"|repondre"
        r"|dire|citer|verifier|mentionner|avertir|reveler|approuver|appeler)\b"
    ),
    # A crew list («Assistant : Cne Martin») goes on with a name.
    (
        rf"(?<![\w'])(?:{_MODEL}|system)\s?[,:!] ?(?:the user|you |please|now |l'utilisateur|tu |vous |call"
        r"|approve|appelle|ignore|delete|supprime|execute|run|skip|saute|obey|answer|say|reponds|dis |do not|ne )"
    ),
    r"\b(?:you are|you're) [^.!?]{0,50}?\b(?:assistant|ai|chatbot|language model)\b",
    r"\b(?:tu es|vous etes) [^.!?]{0,50}?\b(?:assistante?|ia|modele de langage)\b",
    r"\bassistant[,:] (?:please|you must|do)\b",
)
TO_MODEL = "|".join(_TO_MODEL)
