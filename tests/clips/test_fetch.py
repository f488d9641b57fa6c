"""Against a real server on this machine."""

import http.server
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from decoded import remuxed

from vdlab import clips
from vdlab.errors import VDLabError

LEADS = {
    "/to-a-file": "file:///etc/passwd",
    "/to-ftp": "ftp://127.0.0.1/clip.mp4",
    "/to-data": "data:video/mp4;base64,AAAA",
    "/in-a-circle": "/in-a-circle",
}


class Handler(http.server.BaseHTTPRequestHandler):
    video: bytes

    def do_GET(self):
        if "httpx" in self.headers["User-Agent"]:
            return self.send_error(403)
        if self.path == "/missing":
            return self.send_error(404)
        if self.path == "/silent":
            time.sleep(3)
            return None
        if self.path in LEADS:
            self.send_response(302)
            self.send_header("Location", LEADS[self.path])
            return self.end_headers()
        if self.path == "/letters":
            for letter in b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 100:
                self.wfile.write(bytes([letter]))
                time.sleep(0.05)
            return None
        if self.path == "/huge":
            self.send_response(200)
            self.send_header("Content-Length", str(10**13))
            return self.end_headers()
        if self.path == "/endless":
            self.send_response(200)
            self.end_headers()
            while True:
                self.wfile.write(bytes(65536))
        body = b"<html>" * 1000 if self.path == "/page" else self.video
        self.send_response(200)
        if self.path != "/unannounced-half":
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.path.endswith("half"):
            body = body[: len(body) // 2]
        if self.path == "/drip":
            for byte in body[:100]:
                self.wfile.write(bytes([byte]))
                time.sleep(0.05)
            return None
        self.wfile.write(body)
        return None

    def log_message(self, *args):
        pass


@pytest.fixture(scope="module")
def server(tmp_path_factory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("served")
    clip = clips.make(folder / "clip.mp4", width=160, height=96, seconds=1)
    # The index in front: half of such a file opens and misses frames, as half of the tutorial's does.
    Handler.video = remuxed(clip, folder / "front.mp4", options={"movflags": "faststart"}).read_bytes()
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        running.daemon_threads = True
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()


def test_the_video_arrives_whole(server, tmp_path):
    calls = []
    path = clips.fetch(tmp_path / "clip.mp4", url=f"{server}/clip", progress=lambda *call: calls.append(call))
    assert path.read_bytes() == Handler.video
    assert calls[-1] == (len(Handler.video), len(Handler.video))
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("page", "reason"),
    [
        ("missing", "404"),
        ("silent", "timed out|not finished after"),
        ("drip", "not finished after"),
        ("page", "is not the video"),
        ("half", "without sending complete message body"),
        ("unannounced-half", "is not the video"),
    ],
)
def test_failures_are_one_line_with_a_way_on_and_leave_what_was_there(server, tmp_path, page, reason):
    out = tmp_path / "clip.mp4"
    out.write_text("an earlier one")
    started = time.monotonic()
    with pytest.raises(VDLabError, match=reason) as caught:
        clips.fetch(out, url=f"{server}/{page}", timeout=1)
    assert time.monotonic() - started < 2.5
    assert len(str(caught.value).splitlines()) == 1
    assert str(caught.value).endswith("vdlab bench")
    assert out.read_text() == "an earlier one"
    assert list(tmp_path.iterdir()) == [out]


@pytest.mark.parametrize(
    ("page", "reason"),
    [
        ("endless", "goes on after 1,000,000 bytes"),
        ("huge", "has 10,000,000,000,000 bytes, more than the 1,000,000"),
        ("letters", "not finished after 1 s"),
        ("to-a-file", "unsupported protocol"),
        ("to-ftp", "unsupported protocol"),
        ("to-data", "For absolute URLs"),
        ("in-a-circle", "Exceeded maximum allowed redirects"),
    ],
)
def test_m13_what_does_not_end_or_leads_elsewhere_is_refused_in_a_line(
    server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, page: str, reason: str
) -> None:
    monkeypatch.setattr(sys.modules["vdlab.clips.fetch"], "LARGEST", 1_000_000)  # the package shows the function
    started = time.monotonic()
    with pytest.raises(VDLabError, match=reason) as caught:
        clips.fetch(tmp_path / "clip.mp4", url=f"{server}/{page}", timeout=1)
    assert time.monotonic() - started < 2.5
    assert len(str(caught.value).splitlines()) == 1
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "data:video/mp4;base64,AAAA",
        "ftp://127.0.0.1/clip.mp4",
        "clip.mp4",
        "http://",
        "http://[::1/clip.mp4",
        "http://127.0.0.1:port/clip.mp4",
        "http://127.0.0.1/a b.mp4",
        "http://127.0.0.1/\x1b[31m.mp4",
        "",
    ],
)
def test_m13_only_addresses_of_the_web_are_fetched(tmp_path: Path, url: str) -> None:
    with pytest.raises(VDLabError, match="cannot download") as caught:
        clips.fetch(tmp_path / "clip.mp4", url=url, timeout=1)
    assert len(str(caught.value).splitlines()) == 1
    assert "\x1b" not in str(caught.value)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("proxy", ["socks5://127.0.0.1:9", "nothing://here", "http://[::1"])
def test_a_proxy_that_cannot_be_used_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, proxy: str) -> None:
    monkeypatch.setenv("ALL_PROXY", proxy)
    with pytest.raises(VDLabError, match=r"cannot download .*vdlab bench") as caught:
        clips.fetch(tmp_path / "clip.mp4", url="http://example.invalid/clip.mp4", timeout=2)
    assert len(str(caught.value).splitlines()) == 1
    assert not list(tmp_path.iterdir())


def test_no_network_names_the_fall_back(tmp_path):
    with pytest.raises(VDLabError, match="the embedded clip needs no network: vdlab bench"):
        clips.fetch(tmp_path / "clip.mp4", url="http://127.0.0.1:9/clip", timeout=2)


def test_the_place_is_blamed_where_it_cannot_be_written(server, tmp_path):
    with pytest.raises(VDLabError, match="cannot write"):
        clips.fetch(Path(tmp_path / "missing" / "clip.mp4"), url=f"{server}/clip")
