"""How is a data set described in Croissant 1.1, so that programs can load its tables?

https://docs.mlcommons.org/croissant/docs/croissant-spec-1.1.html, with the RAI vocabulary. Every table
beside the card is a file with its hash and a set of records; shared pictures and masks are sets of files.
"""

import json
from collections.abc import Mapping, Sequence

import pyarrow as pa

from datatools.front_matter import Plain
from datatools.literal import slug
from datatools.report.cards import licence, rai, told
from datatools.report.cards.answers import Answers
from datatools.report.cards.card_result import CardFacts, SharedFact
from datatools.report.cards.readme import title
from datatools.report.cards.tables_beside import SAMPLES, Beside

_VERSIONS = ("http://mlcommons.org/croissant/1.1", "http://mlcommons.org/croissant/RAI/1.0")
_PARQUET, _PNG = "application/x-parquet", "image/png"
_LANGUAGE = {"@container": "@language"}
# The specification's own context, by which short names become addresses.
_CONTEXT: Mapping[str, Plain] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "arrayShape": "cr:arrayShape",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "containedIn": "cr:containedIn",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "description": _LANGUAGE,
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileProperty": "cr:fileProperty",
    "fileObject": "cr:fileObject",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isArray": "cr:isArray",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "name": _LANGUAGE,
    "parentField": "cr:parentField",
    "path": "cr:path",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}


def render(facts: CardFacts, answers: Answers, tables: Sequence[Beside]) -> bytes:
    """Write croissant.json.

    Args:
        facts: what is told.
        answers: what people added.
        tables: that lie beside it, for their columns.
    """
    about = answers.about
    day = about.published or facts.last_day
    found: dict[str, Plain] = {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "name": title(facts, about),
        "description": " ".join(told.files(facts)),
        "conformsTo": _VERSIONS,
        "citeAs": about.citation or "Cite each source as its licence asks.",
        "creator": [{"@type": "sc:Organization", "name": name} for name in about.creators],
        "datePublished": day,
        "dateCreated": facts.first_day,
        "dateModified": facts.last_day,
        "isLiveDataset": False,
        "keywords": ["portrait segmentation", "masks of people", "bias audit"],
        "license": licence.names(facts, about),
        "url": about.url,
        "version": about.version,
        **{f"rai:{name}": value for name, value in rai.properties(facts, answers).items()},
        "distribution": [*map(_file, tables), *map(_file_set, facts.shared)],
        "recordSet": [*(_records(each) for each in tables), *map(_pictures, facts.shared)],
    }
    kept = {key: value for key, value in found.items() if value not in (None, [])}
    return (json.dumps(kept, indent=1, ensure_ascii=False) + "\n").encode()


# -- tables ----------------------------------------------------------------------------------------


def _file(table: Beside) -> dict[str, Plain]:
    fact = table.fact
    return {
        "@type": "cr:FileObject",
        "@id": f"{fact.name}.parquet",
        "name": f"{fact.name}.parquet",
        "description": f"A row is {fact.holds}.",
        "contentUrl": fact.file,
        "contentSize": f"{fact.n_bytes} B",
        "encodingFormat": _PARQUET,
        "sha256": fact.sha256,
    }


def _records(table: Beside) -> dict[str, Plain]:
    name = table.fact.name
    return {
        "@type": "cr:RecordSet",
        "@id": name,
        "name": name,
        "description": f"A record is {table.fact.holds}.",
        "key": [{"@id": f"{name}/{column}"} for column in table.key],
        "field": [_field(table, field) for field in table.schema],
    }


def _field(table: Beside, column: pa.Field) -> dict[str, Plain]:
    name = table.fact.name
    found: dict[str, Plain] = {
        "@type": "cr:Field",
        "@id": f"{name}/{column.name}",
        "name": column.name,
        "dataType": _data_type(column.type),
        "source": {"fileObject": {"@id": f"{name}.parquet"}, "extract": {"column": column.name}},
    }
    if pa.types.is_list(column.type):
        found |= {"isArray": True, "arrayShape": "-1"}
    if column.name == "sample_id" and name != SAMPLES:
        found["references"] = {"field": {"@id": f"{SAMPLES}/sample_id"}}
    return found


def _data_type(kind: pa.DataType) -> str:
    """Give Croissant's word for one of the four types that tables have, or a list of one."""
    if pa.types.is_list(kind):
        return _data_type(kind.value_type)
    words = {pa.bool_(): "sc:Boolean", pa.int64(): "cr:Int64", pa.float64(): "cr:Float64"}
    return words.get(kind, "sc:Text")


# -- pictures and masks ----------------------------------------------------------------------------


def _set_name(shared: SharedFact) -> str:
    return f"{shared.kind}-{slug(shared.source)}"


def _file_set(shared: SharedFact) -> dict[str, Plain]:
    name = _set_name(shared)
    return {
        "@type": "cr:FileSet",
        "@id": name,
        "name": name,
        "description": f"{shared.kind} of {shared.source}, named by sample_id",
        "encodingFormat": _PNG,
        "includes": f"{shared.folder}/*.png",
    }


def _pictures(shared: SharedFact) -> dict[str, Plain]:
    """Describe the pictures, or masks, of one source as records."""
    name = _set_name(shared)
    source: Plain = {"fileSet": {"@id": name}}
    kinds: list[Plain] = ["sc:ImageObject"]
    assert isinstance(source, Mapping)
    if shared.kind == "masks":
        kinds.append("cr:SegmentationMask")
    return {
        "@type": "cr:RecordSet",
        "@id": f"{name}-records",
        "name": f"{name}-records",
        "description": f"A record is one of the {shared.kind} of {shared.source}.",
        "field": [
            {
                "@type": "cr:Field",
                "@id": f"{name}-records/sample_id",
                "name": "sample_id",
                "dataType": "sc:Text",
                "source": {
                    **source,
                    "extract": {"fileProperty": "filename"},
                    "transform": {"regex": r"(.+)\.png"},
                },
            },
            {
                "@type": "cr:Field",
                "@id": f"{name}-records/{shared.kind}",
                "name": shared.kind,
                "dataType": kinds,
                "source": {**source, "extract": {"fileProperty": "content"}},
            },
        ],
    }
