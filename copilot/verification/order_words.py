"""The words by which `orders` knows a task set to a reader who writes: verbs, and what is asked for.

All are folded (small letters, no accents) and patterns for `re`. They name kinds of *text work* (answering, explaining,
composing, translating, disguising), never a topic: what a document is about cannot be listed. A verb that soldiers and
mechanics use of things (check, send, replace, report) says nothing alone.
"""

from __future__ import annotations


def _one_of(*patterns: str) -> str:
    return "(?:" + "|".join(pattern for group in patterns for pattern in group.split()).replace("_", " ") + ")"


def _french(stems: str, endings: str) -> str:
    return rf"(?:{'|'.join(stems.split())})(?:{endings})(?:[- ](?:moi|nous|lui|leur))?"


_CALL = r"e|ez"

# Asking for knowledge or for prose: seldom said to anybody but one who writes.
ASK = _one_of(
    r"""explain describe discuss summari[sz]e translate suggest tell teach elaborate paraphrase rephrase
    recommend_(?:an?|the|some|any|to)(?=_) reword rewrite narrate recite brainstorm compose persuade convince
    encourage advocate promote advertise endorse
    imagine pretend outline break_down walk_(?:me|us)_through come_up_with craft speculate compliment praise flatter
    analy[sz]e illustrate entertain role-?play ask_(?:the_user|them|me)
    (?:act|behave|talk|speak)_(?:as|like) stop_being
    (?:generate|write|make|create|give_me)_a_list_of compare_the_\w+_of
    (?:inform|invite|urge|advise|remind|lead|direct)_(?:the_|your_|any_|all_)?(?:user|reader|analyst)s?""",
    """(?:talk|speak|write)_(?:about|of|on)(?=_) (?:say|claim|deny|affirm|assert|insist|announce|state|swear)_that
    let_(?:the_)?(?:reader|user|analyst)s?_know (?:answer|reply|respond)_to_(?:every|any|all)(?=_)
    (?:list|name|citez?|nommez?)_(?:me_)?(?:two|three|four|five|six|ten|deux|trois|quatre|cinq|six|dix)(?=_)
    spread_the say_(?:hello|hi|goodbye|thank) (?:answer|reply|respond)_(?:in|like|as|using|yes|no)(?=_)""",
    r"""(?:affirme|pretend|nie|annonce|jure|declare)[sz]?_(?:que|qu'\w+) (?:parle|parlez|ecris|ecrivez)_(?:de"
    r"|du|des|sur)
    (?:fais|faites)_savoir_(?:aux?_|a_l')(?:lecteur|utilisateur)s? (?:reponds|repondez)_a_(?:toutes|chaque)
    (?:reponds|repondez)_(?:en|par|avec|comme|sous|oui|non|que|dans) n'ecri(?:s|vez)_que""",
    _french(
        """expliqu detaill suger recommand conseill resum racont imagin invent reformul paraphras enumer argument
        persuad encourag vant recit complimente? felicit traduis decriv(?=ez) convainqu parl(?=e[z]?-moi)""",
        _CALL,
    ),
    """(?:agis|agissez|comporte-toi|comportez-vous)_(?:comme|en) (?:fais|faites)_(?:semblant|comme_si) jouez?_le_role
    (?:dis|dites|invitez?|incitez?|poussez?|rappelez?|demandez?|ordonnez?)_(?:aux?_|a_l'|l'|les?_)(?:utilisateur|lecteur|analyste)s?""",
    "traduis decris convaincs? dis-moi dites-moi apprends-moi apprenez-moi parle-moi parlez-moi",
)
# The same as an infinitive, which a French order or training sheet uses of its own tasks too; and what makes text.
MAKE = _one_of(
    r"""write list give provide generate create make produce show share draft design develop add insert include append
    prepend put place use utili[sz]e replace substitute swap convert change turn transform modify alter edit remove
    delete omit combine group merge split separate reverse invert flip shuffle scramble jumble rearrange encode encrypt
    decode encipher cipher spell misspell capitali[sz]e format begin start end finish conclude close open answer reply
    respond say state mention repeat print output display emit find search_for look_up identify name compare contrast
    define solve plan prepare present quote cite integrate incorporate embed introduce enhance augment tease hint
    highlight emphasi[sz]e invent pick choose express adopt speak talk act keep hide visit download install click
    check_out subscribe sign_up join claim get buy try recite offer help guide render weave sneak inject slip
    disguise mask obfuscate mix alternate interleave intersperse sprinkle drop duplicate double pad wrap
    schedule book set order play rate rank claim spread deny shift mirror rotate download_and""",
    _french(
        """propos compos redig list donn fourni(?=r) cre(?=e) montr present analys compar developp ajout insere?
        integr inclu(?=s|ez|re) glissez? remplac substitu chang transform modifi supprim enlev melang invers permut
        encod chiffr code epel commenc termin repet affich cherch recherch trouv cit nomm utilis emploi emploie ecri
        mentionn termin conclu ponctu regroup separ truff parsem telecharg install cliqu visit consult termin achet
        calcul prepar planifi orthographi masqu camoufl deguis partag formul sem explor decid choisi reserv
        command class
         prevenir? demand affirm decal convert joue adopt telecharge""",
        r"e|ez|er|s|r|vez|re|ssez|ns",
    ),
    """expliquer detailler suggerer recommander conseiller resumer raconter imaginer inventer reformuler paraphraser
    enumerer argumenter persuader encourager traduire decrire convaincre inclure definir definis definissez
    compare[rz]? discute[rz]? reponds repondez repondre dis dites dire finis finissez commence[rz]? fais faites""",
)
# Handing a text over is what soldiers and clerks do with a reply; it is no order about how to write it.
DELIVER = _one_of(
    """send submit return forward address deliver report transmit mail e-?mail bring upload sign await attach call
    acknowledge confirm ensure adresse[rz]? envoye[rz]? envoie transmet(?:s|tez|tre) retourne[rz]? remet(?:s|tez|tre)
    depose[rz]? joindre joigne[rz] rendre rende[rz] faire confirme[rz]? accuse[rz]? signe[rz]?"""
)
# What the one addressed is about to write.
OWN = (
    r"your (?:\w+ ){0,2}?(?:answer|response|reply|output|completion)s?(?:'s)?\b|(?:of|in|to|from) the (?:answer"
    r"|reply|response)\b"
    r"|your (?:\w+ ){0,1}?(?:message|text|words?|summary|translation|explanation|writing|sentences?|paragraphs?)\b"
    r"|(?:that|which|\w+s) you (?:give|write|say|make|mention|produce)\b|que (?:tu (?:donne|ecri|di|fai)s"
    r"|vous donnez)\b"
    r"|(?:ta|tes) \w+|(?:votre|vos) (?:\w+ )?(?:reponses?|sortie)\b"
    r"|(?:ton|votre|tes|vos) (?:\w+ )?(?:messages?|textes?|resumes?|phrases?|mots|traduction)\b"
)
# Of language itself, as no report or manual speaks.
LETTERS = (
    r"vowels?|consonants?|typos?|misspell\w*|mis-?spelt|emojis?|emoticons?|rhym\w+|anagrams?|palindromes?|pig latin"
    r"|homophones?|leet ?speak|rot-?13|caesar|base-?64|morse|ciphers?|cipher ?text|gibberish|limericks?"
    r"|(?:every|each) (?:\w+ )?(?:letter|word)|every (?:second|third|fourth|fifth|other|two|three|four"
    r"|five) (?:letter|word|vowel|line|sentence|character)s?"
    r"|(?:reverse|alphabetical|random|backwards?) order|backwards?|upside down|all caps|hashtags?|alliteration"
    r"|voyelles?|consonnes?|fautes? (?:de frappe|d'orthographe)|emoticones?|rimes?|rimant|anagrammes?|verlan"
    r"|un (?:mot|lettre) sur|chaque (?:mot|lettre|phrase|voyelle)|a l'envers|chiffrement|langage sms|alexandrins?"
    r"|(?:an? |the )?(?:accent|slang|tone|style|persona|voice) of|(?:le ton|la voix) d[e'u]|morse|in binary"
    r"|en binaire|(?:a la |facon |comme un )pirate|like an? \w+"
)
WRITING = (
    r"texts?|letters?|words?|spaces?|spacing|characters?|symbols?|punctuation|sentences?|phrases?|paragraphs?"
    r"|headlines?"
    r"|(?:upper|lower) ?case|capitals?|synonyms?|slang|tone|style|verse|links?|urls?|lettres?|mots?|espaces?"
    r"|caracteres?|ponctuation|phrases?|paragraphes?|majuscules?|minuscules?|titre|synonymes?|ton|vers|liens?"
)
# Words to be put in somebody's mouth.
DICTATED = (
    r"the (?:exact )?(?:words?|phrases?|sentences?|text|string) ?[:\"'“«`‘]|(?:with|by|saying) the (?:words?"
    r"|phrases?|sentences?)"
    r"|(?:le mot|les mots|la phrase|le texte) ?[:\"'“«]|par (?:le mot|les mots|la phrase)(?! de passe)"
    r"|(?:say|write|answer|reply|respond|repeat) (?:only|just|nothing but|exactly) "
)
# What is coaxed out of a reader.
COAXED = (
    r"bank\w*|credit|cards?|passwords?|login|credentials|account|personal (?:data|details|information)"
    r"|social security"
    r"|mots? de passe|cartes? bancaires?|compte|identifiants|coordonnees"
)
# Who the one addressed is to work upon.
READER = (
    r"(?:the |your |any )?(?:user|reader|analyst)s?(?:'s)?(?! guide| manual| group| name| account| id)"
    r"|(?:aux? |l'|les |le )(?:utilisateurs?|lecteurs?|analystes?)|(?:whoever|quiconque|celui qui) (?:asks?"
    r"|asked|reads?|processes|lit|traite|resume|pose|demande)\w*"
)
GENRE = (
    r"poems?|poetry|haikus?|sonnets?|songs?|lyrics|overview|explanation|story|stories|tales?|fables?|jokes?"
    r"|riddles?|puns?|essays?|novels?"
    r"|screenplay|dialogue|monologue|recipes?|slogans?|taglines?|jingles?|tweets?|blog|blog post|captions?|ads?"
    r"|advertisements?|cover letter|speech|biograph\w+|eulogy|tips?|ideas?|ways|tricks|facts?|trivia|quiz|strategies"
    r"|suggestions|love letter|lettre d'amour|horoscopes?|itinerary|workout|playlist|meal plan|headlines?"
    r"|catchphrases?|anecdotes?|rumou?rs?"
    r"|scandals?|conspiracy|testimonials?|compliments?|advice|facts about|fun fact|myths?|metaphors?|analogy"
    r"|analogies"
    r"|poemes?|chansons?|histoires?|contes?|blagues?|devinettes?|dissertation|recettes?|publicites?|discours"
    r"|biographies?|conseils?|astuces?|idees?|anecdotes?|rumeurs?|citations?|proverbes?|calembours?|compliments?"
    r"|paroles|(?:python|java|javascript|sql|php|rust|c\+\+|html|bash) (?:function|script|program|code|quer)\w*"
)
KNOWING = (
    r"how to|how (?:\w+ ){1,4}works?|how (?:do|can|could|should) (?:i|we|you|one)|process of|in simple terms"
    r"|step[- ]by[- ]step|for (?:beginners?|kids|children|a child)|(?:five|ten)-year-old|life ?cycle|plot of"
    r"|the concept|history of"
    r"|(?:benefits?|advantages?|importance|causes?|symptoms?|effects?|basics|meaning|role|impact|theory) (?:of|for)"
    r"|differences? between|pros and cons|(?:primary|main|key|best|greatest|famous) \w+|most (?:popular|common"
    r"|famous)"
    r"|latest (?:news|trends|developments?)|capital (?:city )?of|population of|an example of|with an? examples?"
    r"|top (?:\d|three|five|ten)|according to experts|good (?:book|movie|restaurant|way|place)"
    r"|comment (?:faire|fonctionne\w*|puis-je|dois-je|peut-on)|processus de|en termes simples|pas a pas"
    r"|etape par etape"
    r"|(?:bienfaits|avantages|importance|causes?|symptomes|effets|bases|role|histoire|theorie) (?:de|des|du|d')"
    r"|differences? entre|avantages et (?:les )?inconvenients|(?:principa|meilleur)\w+ \w+|les plus (?:connus?"
    r"|celebres?)"
    r"|(?:first|second|last|previous|preceding|above) (?:paragraph|sentence|section)"
    r"|(?:premiere?|deuxieme|derniere?) (?:paragraphe|phrase)|(?:paragraphe|phrase|texte) precedente?"
    r"|capitale (?:de|du)|pour (?:les )?debutants|un exemple"
)
TONGUES = (
    r"(?:in|into|to) (?:english|french|spanish|german|italian|chinese|mandarin|japanese|russian|arabic"
    r"|portuguese|latin"
    r"|korean|hindi|dutch|swedish|turkish|greek|polish|ukrainian|swahili|klingon|esperanto)"
    r"|en (?:anglais|francais|espagnol|allemand|italien|chinois|japonais|russe|arabe|portugais|latin|neerlandais|grec"
    r"|turc|polonais|ukrainien|coreen|hindi|esperanto)"
)
LURE = (
    r"free|prize|win|won|bonus|exclusive|discount|% off|limited time|offer|deal|sale|miracle|instantly|rich|crypto"
    r"|bitcoin|giveaway|amazing|incredible|best|urgent|now|today|gratuite?s?|cadeaux?|gagne[zr]?|exclusi\w+|promotion"
    r"|remise|offre|incroyable|miracle|maintenant|immediatement|fortune"
)
# Words of the trade: what is asked about them is likely the document's own business.
TRADE = """
ammunition axle bridge cargo convoy crane crew crews damage delay delivery depot diesel driver drivers engine equipment
fault faults filter freight fuel gate generator generators
guard sentry registry register registre garde magasin chef holdings losses pertes lot card inventory label
labels level load
maintenance movement oil orders pallet parts pump pumps quay reference repair replacement report route serial shelf
shift ship site spare spares stock stocks supply tank trailer truck trucks unit units vehicle vehicles warehouse water
workshop ambulance atelier bordereau camion camions carburant cargaison carence chantier chargement citerne colis compte
conducteur conducteurs convoi delai demande depot dotation entrepot equipage essieu etiquette etiquettes expedition
fiche filtre formulaire gazole groupe grue huile inventaire itineraire livraison maintenance mission mouvement munitions
navire niveau palette panne pannes piece pieces plein pompe pompes pont poste produit quai rapport rechange rechanges
remorque remplacement reparation route securite situation stock stocks stockage transport unite unites vehicule
vehicules vivres
"""
