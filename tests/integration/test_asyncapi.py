"""docs/asyncapi.yaml and the code take and refuse the same relay messages, and a real relay says what is written there."""

import copy
import json
import pathlib
import re
import subprocess

import jsonschema
import pytest
import yaml
from relay_client import Client, join
from tools import BUILD

ROOT = pathlib.Path(__file__).resolve().parents[2]
DOCUMENT = yaml.safe_load((ROOT / "docs" / "asyncapi.yaml").read_text())
MESSAGES = DOCUMENT["components"]["messages"]


def validator(name):
    schema = {**MESSAGES[name]["payload"], "components": DOCUMENT["components"]}
    return jsonschema.Draft202012Validator(schema)


def code_says(messages):
    """Each as the library says it, None where it refuses."""
    lines = "".join(json.dumps(message, ensure_ascii=False) + "\n" for message in messages)
    out = subprocess.run([BUILD / "tests" / "integration" / "relay-messages"], input=lines, text=True, check=True,
                         capture_output=True, timeout=60).stdout
    return [None if line == "refused" else json.loads(line) for line in out.splitlines()]


def variants(message, schema):
    """What one member that is missing, too long, of another kind or unknown makes of it."""
    yield {**message, "later": ["version", 7]}
    for name in message:
        if name != "type":
            yield {key: value for key, value in message.items() if key != name}
            yield {**message, name: {"no": "such kind"}}
        if isinstance(message[name], str) and name not in ("type", "words", "detail"):
            yield {**message, name: message[name] + "x" * 9000}
            yield {**message, name: ""}
            yield {**message, name: message[name] + "\u0007"}
        if isinstance(message[name], int) and not isinstance(message[name], bool):
            yield {**message, name: -1}
            yield {**message, name: 1.5}
            yield {**message, name: 4294967296}
    if "issuers" in message:
        yield {**message, "issuers": []}
        yield {**message, "issuers": message["issuers"] * 7}
        for name in message["issuers"][0]:
            wrong = copy.deepcopy(message)
            del wrong["issuers"][0][name]
            yield wrong


def test_every_type_is_there_once():
    table = (ROOT / "libqassist" / "wire" / "relay_message.c").read_text()
    types = set(re.findall(r'\[RELAY_\w+\] = "(\w+)"', table))
    assert set(MESSAGES) == types == set(DOCUMENT["channels"]["relay"]["messages"])
    said = [reference["$ref"].rsplit("/", 1)[1] for operation in DOCUMENT["operations"].values()
            for reference in operation["messages"]]
    assert sorted(said) == sorted(types)


@pytest.mark.parametrize("name", sorted(MESSAGES))
def test_code_and_document_agree(name):
    valid = validator(name)
    for example in MESSAGES[name]["examples"]:
        valid.validate(example["payload"])
        assert code_says([example["payload"]]) == [example["payload"]]
        tries = list(variants(example["payload"], MESSAGES[name]["payload"]))
        for message, said in zip(tries, code_says(tries), strict=True):
            shorter = json.dumps(message)[:300]
            printable = "\\u0007" not in json.dumps(message)  # which a schema's length does not tell
            if printable:
                assert (said is not None) == valid.is_valid(message), shorter
            else:
                assert said is None, shorter


def test_a_real_relay(relay):
    helper = Client(relay)
    helper.send_json(type="create", version=1, token=relay.token_file.read_text().strip())
    created = helper.receive_json()
    validator("created").validate(created)
    sharer = join(relay, created["route"])
    validator("joined").validate(sharer.receive_json())
    validator("peer").validate(helper.receive_json())
    validator("error").validate(join(relay, created["route"]).receive_json())
    validator("tried").validate(helper.receive_json())
