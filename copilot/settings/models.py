"""The settings themselves: one class a section, one field a setting, each with its bounds.

What a setting means is told in the catalogue, under ``settings.fields.<section>.<name>``, in both languages: help,
template and error messages all read it there.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.fields import FieldInfo


class Section(BaseModel):
    """What all sections share: no unknown key, no change after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Interface(Section):
    """How the program speaks and looks."""

    language: Literal["auto", "fr", "en"] = "auto"
    theme: Literal["standard", "contrast", "plain"] = "standard"
    screen: Literal["dark", "light", "contrast", "mono"] = "dark"
    keys: tuple[str, ...] = ()
    linear: bool = False
    page_images: Literal["auto", "kitty", "sixel", "off"] = "auto"


class Documents(Section):
    """How documents are read, and what reading one may cost."""

    ocr: bool = True
    ocr_languages: tuple[str, ...] = ("fra", "eng")
    max_file_mb: int = Field(default=200, ge=1, le=4_096)
    parser_memory_mb: int = Field(default=1_536, ge=256, le=65_536)
    parser_seconds: float = Field(default=120.0, ge=1, le=86_400)
    workers: int = Field(default=0, ge=0, le=256)


class Chunking(Section):
    """How documents are cut into passages."""

    max_tokens: int = Field(default=256, ge=32, le=8_192)


class Embedding(Section):
    """The model that turns passages into vectors; prefixes are for a GGUF file of the user's own."""

    model: str = "auto"
    query_prefix: str | None = Field(default=None, examples=["query: "])
    passage_prefix: str | None = Field(default=None, examples=["passage: "])
    threads: int = Field(default=0, ge=0, le=256)


class Retrieval(Section):
    """How passages are searched for; a weight of None is the one measured for the embedding model."""

    limit: int = Field(default=10, ge=1, le=1_000)
    dense_weight_fr: float | None = Field(default=None, ge=0, le=1, examples=[0.5])
    dense_weight_en: float | None = Field(default=None, ge=0, le=1, examples=[0.5])


class Answer(Section):
    """How answers are written, and when a question is refused."""

    passages: int = Field(default=12, ge=1, le=100)
    threshold: float = Field(default=0.35, ge=0, le=1)
    max_claims: int = Field(default=4, ge=1, le=20)


class Model(Section):
    """The language model, if there is one."""

    name: str = ""
    context: int = Field(default=0, ge=0, le=1_048_576)
    threads: int = Field(default=0, ge=0, le=256)
    kv_type: Literal["auto", "f16", "q8_0", "q4_0"] = "auto"
    format: str = ""
    loras: tuple[str, ...] = ()
    answer_tokens: int = Field(default=400, ge=32, le=4_096)
    temperature: float = Field(default=0.0, ge=0, le=2)
    seed: int = Field(default=0, ge=0, le=2_147_483_647)
    state_mb: int = Field(default=1_024, ge=0, le=1_048_576)


class Audit(Section):
    """The log of what was asked, read, run and answered."""

    enabled: bool = True
    text: Literal["full", "hashes"] = "full"


class Enclave(Section):
    """The servers that may be talked to; none shuts the network."""

    hosts: tuple[str, ...] = ()
    url: str = ""
    model: str = ""
    key_file: str = ""


class Settings(Section):
    """Every setting of the program, checked."""

    interface: Interface = Interface()
    documents: Documents = Documents()
    chunking: Chunking = Chunking()
    embedding: Embedding = Embedding()
    retrieval: Retrieval = Retrieval()
    answer: Answer = Answer()
    model: Model = Model()
    audit: Audit = Audit()
    enclave: Enclave = Enclave()


# A workspace may have been made by somebody else: it must not open the network by being visited, nor put its own
# weights into a model, nor switch off the log of what is done in it. Sections and single settings.
NOT_FOR_PROJECTS = frozenset({"enclave", "model.loras", "audit.enabled"})


@cache
def sections() -> dict[str, type[Section]]:
    """Return the class of each section by its name."""
    return {name: type(getattr(Settings(), name)) for name in Settings.model_fields}


def fields() -> Iterator[tuple[str, str, FieldInfo]]:
    """Yield section, name and field of every setting, in the order of the template."""
    for section, model in sections().items():
        for name, field in model.model_fields.items():
            yield section, name, field
