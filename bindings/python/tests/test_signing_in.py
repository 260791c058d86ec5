"""Helpers sign in at a real issuer, and help with the token that they get there."""

import asyncio
import re

import pytest
from conftest import ROOT
from issuer import Browser, Issuer
from pair import Painter, first_frame, run, sharer_on, wait_for, yes
from relay_fixture import start_relay
from sign_in_fixture import needs_issuer, write_settings
from test_examples import CODE, Example
from test_life import descriptors

import qassist
from qassist import CodeReady, Context, Helper, HelperKnown, OpenAddress, ShowDevice, SignedIn, SignIn, SignInMethod

pytestmark = needs_issuer


@pytest.fixture(scope="module")
def relay(sign_in_relay):
    return sign_in_relay


def signing_in(relay, **options):
    return SignIn(relay.url, ca_file=relay.ca, **options)


async def in_browser(function, *arguments):
    """What the user does; the loop goes on, for the browser comes back to it."""
    return await asyncio.get_running_loop().run_in_executor(None, function, *arguments)


async def sign_in(signing):
    """Through the browser, until there is a token."""
    address = (await wait_for(signing, OpenAddress)).address
    assert "Back to qassist" in (await in_browser(Browser().open, address))[1]
    return await wait_for(signing, SignedIn)


async def refused(relay, token):
    async with Helper(relay.url, token=token, ca_file=relay.ca) as helper:
        with pytest.raises(qassist.SignInRefused):
            await helper.ended()


def test_in_the_browser_and_a_whole_session(relay, issuer):
    async def session():
        async with signing_in(relay, issuer=issuer.address) as signing:
            opening = await wait_for(signing, OpenAddress)
            assert opening.address.startswith(issuer.address) and "state=" not in repr(opening)
            await in_browser(Browser().open, opening.address)
            signed = await wait_for(signing, SignedIn)
        # The token outlives the sign-in, which has forgotten it.
        assert (signed.shown_name, signed.organisation) == ("Ada L.", "Ärzte & Söhne")
        assert 0 < signed.seconds_left <= 3600 and signed.can_refresh and signed.account.startswith("o")
        assert signed.token not in repr(signed) + repr(signing) and "Ada L." in repr(signed)
        async with Helper(relay.url, token=signed.token, ca_file=relay.ca) as helper:
            code = (await wait_for(helper, CodeReady)).code
            async with sharer_on(relay, code, answer=yes) as sharer:
                known = await wait_for(sharer, HelperKnown)
                assert (known.shown_name, known.organisation) == ("Ada L.", "Ärzte & Söhne")
                painter = Painter(sharer)
                painting = asyncio.create_task(painter.paint())
                assert (await first_frame(helper)).width == 320
                painting.cancel()

    run(session())


def test_refresh_and_sign_out_on_a_shared_context(relay):
    async def session():
        context = Context(relay.url, ca_file=relay.ca)
        async with SignIn(context) as signing:
            for too_early in signing.refresh, signing.sign_out:
                with pytest.raises(qassist.WrongState):
                    too_early()
            first = await sign_in(signing)
            signing.refresh()
            second = await wait_for(signing, SignedIn)
            assert second.token != first.token and second.account == first.account
            async with Helper(context, token=second.token) as helper:
                await wait_for(helper, CodeReady)
            signing.sign_out()
            assert [event async for event in signing] == []
            await signing.ended()
            assert signing.detail == "signed out"
            with pytest.raises(qassist.WrongState):
                signing.refresh()
        context.close()
        await refused(relay, second.token)

    run(session())


def test_on_another_device(relay, issuer):
    async def session():
        async with signing_in(relay, method=SignInMethod.DEVICE) as signing:
            device = await wait_for(signing, ShowDevice)
            assert device.address.startswith(issuer.address) and 0 < device.seconds_left <= 600
            assert device.code not in repr(device) and device.complete not in repr(device)
            await in_browser(Browser().confirm_device, device.complete)
            assert (await wait_for(signing, SignedIn)).shown_name == "Ada L."

    run(session())


def test_somebody_who_may_not_help(relay, issuer):
    async def session():
        async with signing_in(relay) as signing:
            await in_browser(Browser().open, (await wait_for(signing, OpenAddress)).address)
            with pytest.raises(qassist.SignInRefused, match="may not help") as refusal:
                async for _ in signing:
                    pass
            assert refusal.value.retry_seconds == 0

    issuer.door("user", roles=[])
    try:
        run(session())
    finally:
        issuer.door("user", roles=["helpers"])


def test_what_cannot_be_is_raised(relay):
    async def raised(error, match, signing):
        with pytest.raises(error, match=match):
            async with signing:
                await signing.ended()

    async def session():
        await raised(qassist.SignInRefused, "no sign-ins of this issuer",
                     signing_in(relay, issuer="https://elsewhere.example"))
        await raised(qassist.RelayNotTrusted, "", SignIn(relay.url))
        await raised(qassist.InvalidArgument, "", signing_in(relay, method=SignInMethod(7)))

    run(session())


def test_an_issuer_with_authorities_of_its_own(relay, tmp_path):
    """The helper is told whom to trust for it; the relay is not, and says when to try again."""
    issuer = Issuer(relay.cert, relay.key, relay.ca)
    other = start_relay(tmp_path, issuers=write_settings(tmp_path, issuer))

    async def session():
        async with signing_in(other, issuer_ca_file=relay.ca) as signing:
            address = (await wait_for(signing, OpenAddress)).address
            assert address.startswith("https://localhost:")
            await in_browser(Browser(relay.ca).open, address)
            with pytest.raises(qassist.LimitReached, match="cannot reach the issuer") as refusal:
                await signing.ended()
            assert refusal.value.retry_seconds == 30
        async with signing_in(other) as signing:
            with pytest.raises(qassist.RelayNotTrusted, match=issuer.address):
                await signing.ended()

    run(session())
    other.stop()
    issuer.stop()


def test_one_that_is_left_in_the_middle_leaves_nothing_behind(relay):
    async def session():
        async with signing_in(relay) as signing:
            with pytest.raises(qassist.WrongState):
                await signing.__aenter__()
            await wait_for(signing, OpenAddress)
        async with signing_in(relay) as signing:
            async for event in signing:
                signing.end()  # the iteration stops, and no error is raised
            await signing.ended()
            signing.end()

    run(session())
    before = descriptors()
    run(session())
    assert descriptors() == before


def test_an_exception_in_a_callback_ends_it_and_is_raised(relay, monkeypatch):
    def broken(address):
        raise ArithmeticError("cannot open it")

    monkeypatch.setattr("qassist.sign_in.OpenAddress", broken)

    async def session():
        async with signing_in(relay) as signing:
            with pytest.raises(ArithmeticError, match="cannot open it"):
                async for _ in signing:
                    pass

    run(session())


def test_the_snippet_in_the_readme_runs(relay, tmp_path):
    readme = (ROOT / "bindings/python/README.md").read_text()
    (snippet,) = (text for text in re.findall(r"```python\n(.*?)```", readme, re.S) if "SignIn(" in text)
    program = tmp_path / "snippet.py"
    program.write_text(snippet.replace('"wss://relay.example"', f'"{relay.url}", ca_file={str(relay.ca)!r}'))

    async def session():
        async with await Example.start(program) as helper:
            address = (await helper.line(r"https?://\S+")).group(0)
            await in_browser(Browser().open, address)
            await helper.line("Ada L.")
            await helper.line(CODE)

    run(session())
