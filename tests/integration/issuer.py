"""Starts the issuer of sign-ins in oidc/, a real oidc-provider, and speaks to its doors for tests."""
import http.cookiejar
import json
import pathlib
import re
import shutil
import ssl
import subprocess
import time
import urllib.parse
import urllib.request

FOLDER = pathlib.Path(__file__).parent / "oidc"


def available():
    return shutil.which("node") and (FOLDER / "node_modules" / "oidc-provider").exists()


def make_opener(ca, *handlers):
    trust = ssl.create_default_context(cafile=ca)
    return urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=trust),
                                       *handlers)


class Browser:
    """A browser with cookies, which trusts `ca`. It follows the issuer's redirects by itself, for they are its own."""

    def __init__(self, ca=None):
        self.opener = make_opener(ca, urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))

    def open(self, url, **form):
        data = urllib.parse.urlencode(form).encode() if form else None
        with self.opener.open(url, data, timeout=60) as answer:
            return answer.geturl(), answer.read().decode()

    def confirm_device(self, url):
        """What a person does who opens a device's address: says yes, and signs in on the way."""
        url, page = self.open(url)
        for _ in range(4):
            form = re.search(r'<form[^>]*action="([^"]+)"', page)
            if not form:
                return page
            fields = dict(re.findall(r'<input[^>]*name="([^"]+)" value="([^"]*)"', page))
            url, page = self.open(urllib.parse.urljoin(url, form[1]), **fields)
        raise AssertionError(page)


class Issuer:
    """Over HTTPS where it is given a certificate for the host, with its key and who vouches for it."""

    def __init__(self, cert=None, key=None, ca=None, host="localhost"):
        self.process = subprocess.Popen(["node", FOLDER / "issuer.mjs", *([cert, key, host] if cert else [])],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                        text=True)
        self.address = json.loads(self.process.stdout.readline())["issuer"]
        self.opener = make_opener(ca)

    def stop(self):
        self.process.stdin.close()
        self.process.wait(30)
        self.process.stdout.close()

    def door(self, name, **body):
        request = urllib.request.Request(f"{self.address}/test/{name}", json.dumps(body).encode())
        with self.opener.open(request, timeout=60) as answer:
            return json.load(answer)

    def claims(self, nonce, **changes):
        """What an ID token of a decent sign-in holds; None takes a claim away."""
        now = int(time.time())
        claims = {"iss": self.address, "aud": "qassist", "sub": "ada", "nonce": nonce, "iat": now, "exp": now + 600,
                  "given_name": "Ada", "family_name": "Lovelace", "name": "Lovelace, Ada", "roles": ["helpers"]}
        claims.update(changes)
        return {name: value for name, value in claims.items() if value is not None}

    def token(self, nonce, key="rsa", how=None, header=None, **changes):
        return self.door("token", claims=self.claims(nonce, **changes), key=key, how=how, header=header or {})["token"]

    def rotate(self, generation):
        self.door("rotate", generation=generation)
