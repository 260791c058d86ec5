"""What the relay tells browsers and programs: the page for sharers, and /.well-known/qassist."""

import http.client
import http.server
import json
import ssl
import threading

import browser
import pytest
from relay_fixture import start_relay
from tools import Tool

CODE = "1234 5678 9018"  # its check digit is right
ORGANISATION = 'Bäcker & Söhne <"1">'


@pytest.fixture(scope="module")
def relay(tmp_path_factory):
    relay = start_relay(tmp_path_factory.mktemp("relay"), organisation=ORGANISATION, contact="help@example.org")
    yield relay
    assert relay.stop() == 0


def get(relay, path="/", method="GET", **headers):
    connection = http.client.HTTPSConnection("localhost", relay.port, timeout=60,
                                             context=ssl.create_default_context(cafile=relay.ca))
    try:
        connection.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        answer = connection.getresponse()
        return answer.status, dict((name.lower(), value) for name, value in answer.getheaders()), answer.read().decode()
    finally:
        connection.close()


def test_the_page_in_both_languages(relay):
    status, headers, page = get(relay)
    assert status == 200 and headers["content-type"] == "text/html; charset=utf-8"
    assert headers["content-language"] == "en" and '<html lang="en">' in page
    for words in ("Did somebody call you?", "Then hang up.", f"qa-share --relay localhost:{relay.port}",
                  '<a href="mailto:help@example.org">help@example.org</a>',
                  "of <strong>Bäcker &amp; Söhne &lt;&quot;1&quot;&gt;</strong>"):
        assert words in page
    assert page.endswith("</html>\n") and "{" not in page
    for wanted, language in (("fr", "fr"), ("fr-CH, fr;q=0.9, en;q=0.8", "fr"), ("de, fr;q=0.3, en;q=0.2", "fr"),
                             ("en;q=0.5,fr;q=0.9", "fr"), ("en,fr", "en"), ("fr;q=0, en;q=0.1", "en"), ("frr", "en"),
                             ("de", "en"), ("*", "en"), (",;q=,fr;q=x" + "," * 90, "en"), ("FR-ca", "fr"), ("", "en")):
        _, headers, page = get(relay, accept_language=wanted)
        assert headers["content-language"] == language, wanted
    assert "Quelqu’un vous a appelé" in get(relay, accept_language="fr")[2]


def test_nothing_runs_and_nothing_leaks(relay):
    for path in ("/", "/style.css", "/.well-known/qassist"):
        _, headers, text = get(relay, path)
        assert headers["content-security-policy"] == ("default-src 'none'; style-src 'self'; base-uri 'none'; form-action "
                                                      "'none'; frame-ancestors 'none'")
        assert headers["x-content-type-options"] == "nosniff" and headers["referrer-policy"] == "no-referrer"
        assert headers["x-frame-options"] == "DENY" and "set-cookie" not in headers
        assert "<script" not in text and "http://" not in text
    # What a browser was made to send is not shown.
    for host in ('x"><script>alert(1)</script>', "x y", "x" * 150, "ä"):
        page = get(relay, host=host.encode())[2]
        assert "qa-share --relay HOST" in page and "alert" not in page


def test_what_is_no_page(relay):
    assert get(relay, "/index.html")[0] == get(relay, "/../etc/passwd")[0] == get(relay, "/.well-known/")[0] == 404
    assert get(relay, method="POST")[0] == get(relay, method="PUT")[0] == 405
    status, headers, text = get(relay, method="HEAD")
    assert status == 200 and text == "" and int(headers["content-length"]) == len(get(relay)[2].encode())


def test_the_description_for_programs(relay):
    _, headers, text = get(relay, "/.well-known/qassist")
    assert headers["content-type"] == "application/json"
    assert json.loads(text) == {
        "service": "qassist", "protocols": ["qassist.1"], "organisation": ORGANISATION, "contact": "help@example.org",
        "policy": {"helpers_sign_in": True, "sharers_sign_in": False, "records_kept_s": 259200}, "issuers": [],
        "code": {"digits": 12, "digits_max": 16, "lifetime_s": 600},
        "limits": {"session_s": 43200, "message_bytes": 16376}}


def test_other_contacts(tmp_path):
    for contact, shown in (("https://help.example.org/abuse?a=1&b", '<a href="https://help.example.org/abuse?a=1&amp;b">'),
                           ("Jo, room 7, jo@example.org", "<strong>Jo, room 7, jo@example.org</strong>"),
                           ("javascript:alert(1)", "<strong>javascript:alert(1)</strong>")):
        relay = start_relay(tmp_path, contact=contact)
        assert shown in get(relay)[2]
        relay.stop()
    relay = start_relay(tmp_path)
    assert "through whoever gave you this address" in get(relay)[2]
    relay.stop()


QUESTIONS = ("document.documentElement.scrollWidth <= innerWidth",
             "getComputedStyle(document.querySelector('.warn')).borderLeftWidth",
             "getComputedStyle(document.body).fontSize", "document.querySelector('h1').textContent",
             "[...document.querySelectorAll('a,code')].every(e => e.getBoundingClientRect().right <= innerWidth)")


@pytest.mark.skipif(not browser.PROGRAM, reason="no Chromium here")
def test_in_a_browser(relay, tmp_path):
    for size, phone, language, title in (((1280, 900), False, "en-GB", "Get help with your computer"),
                                         ((320, 640), True, "fr-FR", "Obtenir de l’aide pour votre ordinateur")):
        page = browser.look(f"https://localhost:{relay.port}/", tmp_path, *QUESTIONS, size=size, phone=phone,
                            language=language)
        (tmp_path / f"{language}.png").write_bytes(page.screenshot)
        fits, border, font, heading, inside = page.answers
        assert fits and inside and heading == title
        assert border.startswith("6") and font == "18px", "the style is not there"
        # A browser asks for an icon by itself; nothing else may be missing or forbidden.
        assert [c for c in page.complaints if "favicon" not in str(c)] == []


@pytest.fixture
def stranger(relay):
    """Another program at a relay's place: `says` is its /.well-known/qassist, None: there is none."""

    class Handler(http.server.BaseHTTPRequestHandler):
        says = None

        def do_GET(self):
            found = self.path == "/.well-known/qassist" and Handler.says is not None
            self.send_response(200 if found else 404)
            self.end_headers()
            self.wfile.write((Handler.says or "").encode() if found else b"nothing")

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(relay.cert, relay.key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    Handler.url = f"wss://localhost:{server.server_port}"
    yield Handler
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("says,end,detail", [
    ('{"service": "qassist", "protocols": ["qassist.3", "qassist.2"]}', ("QA_EVERSION", 10),
     "the relay speaks qassist.3, qassist.2, and this program qassist.1"),
    ('{"service": "something", "protocols": ["qassist.2"]}', ("QA_ERELAY", 5), "not as a relay of qassist"),
    (None, ("QA_ERELAY", 5), "not as a relay of qassist"),
])
def test_a_relay_of_another_version(relay, stranger, tmp_path, says, end, detail):
    stranger.says = says
    for command in (["qa-help", "--headless", "--token-file", relay.token_file],
                    ["qa-share", CODE]):
        tool = Tool(command[0], ["--relay", stranger.url, "--ca", relay.ca, "--json", *command[1:]], tmp_path, DISPLAY=":1")
        last = tool.wait("end")
        assert (last["error"], last["exit"]) == end and detail in last["detail"]
        tool.process.wait(60)
